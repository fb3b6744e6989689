#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "pintle/stats/histogram.hpp"

namespace pintle::stats {

using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

using Families = std::vector<prometheus::MetricFamily>;

// A metric family with its samples. Built, then moved into Families.
class Family {
public:
    static Family counter(const char* name, const char* help) { return {name, help, prometheus::MetricType::Counter}; }
    static Family gauge(const char* name, const char* help) { return {name, help, prometheus::MetricType::Gauge}; }
    static Family histogram(const char* name, const char* help) {
        return {name, help, prometheus::MetricType::Histogram};
    }

    Family& add(Labels labels, double value);
    Family& add(Labels labels, std::uint64_t value) { return add(labels, static_cast<double>(value)); }
    Family& add(Labels labels, const HistogramSnapshot& times);

    void move_to(Families& families) { families.push_back(std::move(family_)); }

private:
    Family(const char* name, const char* help, prometheus::MetricType type) : family_{name, help, type, {}} {}
    prometheus::ClientMetric& metric(Labels labels);

    prometheus::MetricFamily family_;
};

}  // namespace pintle::stats
