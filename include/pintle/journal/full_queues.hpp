#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "pintle/base/ordering_keys.hpp"

namespace pintle::journal {

// The ordering keys that have reached the maximum number of pending events. One thread writes; any thread reads without
// a lock and may see a slightly older state. Holds about 4,096 keys; a key for which there is no room is not limited.
class FullQueues {
public:
    // Returns true if the event's queue is full: its person's, or without a person its anonymous id's.
    bool is_full(const OrderingKeys& keys) const noexcept {
        if (size_.load(std::memory_order_relaxed) == 0) return false;
        return contains(keys.person != 0 ? keys.person : keys.anonymous);
    }

    bool empty() const noexcept { return size_.load(std::memory_order_relaxed) == 0; }

    bool contains(std::uint64_t key) const noexcept {
        if (key == 0) return false;
        for (const auto& slot : bucket(key)) {
            if (slot.load(std::memory_order_relaxed) == key) return true;
        }
        return false;
    }

    void add(std::uint64_t key) noexcept {
        if (contains(key)) return;
        for (auto& slot : bucket(key)) {
            if (slot.load(std::memory_order_relaxed) != 0) continue;
            slot.store(key, std::memory_order_relaxed);
            size_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
    }

    void remove(std::uint64_t key) noexcept {
        for (auto& slot : bucket(key)) {
            if (slot.load(std::memory_order_relaxed) != key) continue;
            slot.store(0, std::memory_order_relaxed);
            size_.fetch_sub(1, std::memory_order_relaxed);
            return;
        }
    }

    void clear() noexcept {
        for (auto& bucket : buckets_) {
            for (auto& slot : bucket) slot.store(0, std::memory_order_relaxed);
        }
        size_.store(0, std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t buckets = 512;
    using Bucket = std::array<std::atomic<std::uint64_t>, 8>;  // a cache line

    static std::size_t index(std::uint64_t key) noexcept { return key * 0x9E3779B97F4A7C15U >> 55U; }
    const Bucket& bucket(std::uint64_t key) const noexcept { return buckets_[index(key)]; }
    Bucket& bucket(std::uint64_t key) noexcept { return buckets_[index(key)]; }

    alignas(64) std::array<Bucket, buckets> buckets_{};
    std::atomic<std::size_t> size_{0};
};

}  // namespace pintle::journal
