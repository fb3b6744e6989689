#include "pintle/stats/prometheus.hpp"

#include <limits>

namespace pintle::stats {
namespace {

double seconds(Time time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

prometheus::ClientMetric& Family::metric(Labels labels) {
    auto& metric = family_.metric.emplace_back();
    for (const auto& [name, value] : labels) metric.label.push_back({name, std::string(value)});
    return metric;
}

Family& Family::add(Labels labels, double value) {
    auto& added = metric(labels);
    added.counter.value = value;
    added.gauge.value = value;
    return *this;
}

Family& Family::add(Labels labels, const HistogramSnapshot& times) {
    auto& histogram = metric(labels).histogram;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < times.bounds->size; ++i) {
        below += times.counts[i];
        histogram.bucket.push_back({below, seconds(times.bounds->times[i])});
    }
    below += times.counts[times.bounds->size];
    histogram.bucket.push_back({below, std::numeric_limits<double>::infinity()});
    histogram.sample_count = below;
    histogram.sample_sum = seconds(times.sum);
    return *this;
}

}  // namespace pintle::stats
