#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

namespace pintle::stats {

// The number of this thread: 0, 1, 2, ... in the order of the first calls.
inline std::size_t thread_number() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

// One T per thread, so that threads do not contend for a cache line. More threads than shards share them: T must be
// thread-safe.
template <class T>
class Sharded {
public:
    // `make()` returns a std::unique_ptr<T>, once per shard.
    template <class Make>
    explicit Sharded(Make make) {
        for (auto& shard : shards_) shard = make();
    }

    T& mine() noexcept { return *shards_[thread_number() % shards_.size()]; }

    template <class Visit>
    void each(Visit visit) const {
        for (const auto& shard : shards_) visit(*shard);
    }

private:
    std::array<std::unique_ptr<T>, 16> shards_;
};

}  // namespace pintle::stats
