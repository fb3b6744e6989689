#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "pintle/count/histogram.hpp"

namespace pintle::metrics {

using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

// One metric with all its values. Built and moved out.
class Family {
public:
    static Family counter(const char* name, const char* help) { return {name, help, prometheus::MetricType::Counter}; }
    static Family gauge(const char* name, const char* help) { return {name, help, prometheus::MetricType::Gauge}; }
    static Family histogram(const char* name, const char* help) {
        return {name, help, prometheus::MetricType::Histogram};
    }

    Family& add(Labels labels, double value);
    Family& add(Labels labels, std::uint64_t value) { return add(labels, static_cast<double>(value)); }
    Family& add(Labels labels, const count::Times& times);

    prometheus::MetricFamily family;

private:
    Family(const char* name, const char* help, prometheus::MetricType type) : family{name, help, type, {}} {}
    prometheus::ClientMetric& metric(Labels labels);
};

using Families = std::vector<prometheus::MetricFamily>;

}  // namespace pintle::metrics
