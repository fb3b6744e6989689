#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

namespace pintle::stats {

// Numbers the threads that count, from 0 in the order in which they first do.
inline std::size_t thread_number() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

// Counts for each thread by itself, so that cores that count at the same time do not fight for a cache line. Of more
// threads than there are places some share one: T must be one that any thread may add to.
template <class T>
class Sharded {
public:
    // `make()` gives a T in a std::unique_ptr, for each place one.
    template <class Make>
    explicit Sharded(Make make) {
        for (auto& place : places_) place = make();
    }

    T& mine() noexcept { return *places_[thread_number() % places_.size()]; }

    template <class Visit>
    void each(Visit visit) const {
        for (const auto& place : places_) visit(*place);
    }

private:
    std::array<std::unique_ptr<T>, 16> places_;
};

}  // namespace pintle::stats
