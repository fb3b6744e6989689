#include "pintle/stats/histogram.hpp"

namespace pintle::stats {
namespace {

double seconds(Time time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

std::optional<double> quantile(const HistogramSnapshot& before, const HistogramSnapshot& now, double q) {
    if (now.bounds == nullptr) return std::nullopt;
    const auto& bounds = *now.bounds;
    std::array<double, Bounds::most + 1> added{};
    double all = 0;
    for (std::size_t i = 0; i <= bounds.size; ++i) {
        if (now.counts[i] > before.counts[i]) added[i] = static_cast<double>(now.counts[i] - before.counts[i]);
        all += added[i];
    }
    if (all <= 0) return std::nullopt;
    double left = q * all;
    for (std::size_t i = 0; i < bounds.size; ++i) {
        const double lower = i == 0 ? 0 : seconds(bounds.times[i - 1]);
        if (added[i] > 0 && left <= added[i]) return lower + (seconds(bounds.times[i]) - lower) * left / added[i];
        left -= added[i];
    }
    return bounds.size == 0 ? 0 : seconds(bounds.times[bounds.size - 1]);
}

}  // namespace pintle::stats
