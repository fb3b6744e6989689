#include "event_rate.hpp"

#include <algorithm>

namespace pintle::ingest {

std::optional<std::chrono::seconds> EventRate::take(std::size_t events, std::size_t rate, TimePoint now) noexcept {
    using std::chrono::seconds;
    constexpr TimePoint::duration burst = seconds(1);
    const std::chrono::duration<double> exact(static_cast<double>(events) / static_cast<double>(rate));
    const auto cost = std::chrono::duration_cast<TimePoint::duration>(exact);
    auto paid_off = paid_off_.load(std::memory_order_relaxed);
    while (true) {
        const auto from = std::max(paid_off, now);
        const auto wait = from - now + std::min(cost, burst) - burst;
        if (wait > wait.zero()) return std::max(seconds(1), std::chrono::ceil<seconds>(wait));
        if (paid_off_.compare_exchange_weak(paid_off, from + cost, std::memory_order_relaxed)) return std::nullopt;
    }
}

}  // namespace pintle::ingest
