#pragma once

#include <atomic>
#include <cstdint>

namespace pintle::stats {

// A monotonic counter. Thread-safe.
class Counter {
public:
    void add(std::uint64_t by = 1) noexcept {
        if (by > 0) value_.fetch_add(by, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace pintle::stats
