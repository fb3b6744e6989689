#include "pintle/telemetry/metrics_request.hpp"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include "otlp_json.hpp"

namespace pintle::telemetry {
namespace {

constexpr int cumulative = 2;  // AGGREGATION_TEMPORALITY_CUMULATIVE

// The unit, in UCUM's notation, that Prometheus' names end with; empty: none.
std::string_view unit_of(std::string_view name) {
    if (name.ends_with("_total")) name.remove_suffix(std::string_view("_total").size());
    if (name.ends_with("_seconds")) return "s";
    if (name.ends_with("_bytes")) return "By";
    return {};
}

Json point(const prometheus::ClientMetric& metric, WallTime now) {
    Json attributes = Json::array();
    for (const auto& label : metric.label) attributes.push_back(attribute(label.name, label.value));
    return {{"attributes", std::move(attributes)}, {"timeUnixNano", unix_nano(now)}};
}

// Prometheus counts in each bucket all smaller values too, OTLP does not.
void add_buckets(const prometheus::ClientMetric::Histogram& histogram, Json& to) {
    Json counts = Json::array();
    Json bounds = Json::array();
    std::uint64_t below = 0;
    for (const auto& bucket : histogram.bucket) {
        counts.push_back(integer(bucket.cumulative_count - std::exchange(below, bucket.cumulative_count)));
        if (std::isfinite(bucket.upper_bound)) bounds.push_back(bucket.upper_bound);
    }
    to["count"] = integer(histogram.sample_count);
    to["sum"] = histogram.sample_sum;
    to["bucketCounts"] = std::move(counts);
    to["explicitBounds"] = std::move(bounds);
}

Json sum_of(const prometheus::MetricFamily& family, WallTime start, WallTime now) {
    Json points = Json::array();
    for (const auto& metric : family.metric) {
        auto& added = points.emplace_back(point(metric, now));
        added["startTimeUnixNano"] = unix_nano(start);
        added["asDouble"] = metric.counter.value;
    }
    return {{"dataPoints", std::move(points)}, {"aggregationTemporality", cumulative}, {"isMonotonic", true}};
}

Json gauge_of(const prometheus::MetricFamily& family, WallTime now) {
    Json points = Json::array();
    for (const auto& metric : family.metric) points.emplace_back(point(metric, now))["asDouble"] = metric.gauge.value;
    return {{"dataPoints", std::move(points)}};
}

Json histogram_of(const prometheus::MetricFamily& family, WallTime start, WallTime now) {
    Json points = Json::array();
    for (const auto& metric : family.metric) {
        auto& added = points.emplace_back(point(metric, now));
        added["startTimeUnixNano"] = unix_nano(start);
        add_buckets(metric.histogram, added);
    }
    return {{"dataPoints", std::move(points)}, {"aggregationTemporality", cumulative}};
}

Json metric_of(const prometheus::MetricFamily& family, WallTime start, WallTime now) {
    Json metric = {{"name", family.name}, {"description", family.help}};
    if (const auto unit = unit_of(family.name); !unit.empty()) metric["unit"] = unit;
    switch (family.type) {
        case prometheus::MetricType::Counter: metric["sum"] = sum_of(family, start, now); return metric;
        case prometheus::MetricType::Gauge: metric["gauge"] = gauge_of(family, now); return metric;
        case prometheus::MetricType::Histogram: metric["histogram"] = histogram_of(family, start, now); return metric;
        case prometheus::MetricType::Summary:
        case prometheus::MetricType::Untyped: break;
    }
    throw std::logic_error("a family of a kind that stats::Family cannot make");
}

}  // namespace

std::string metrics_request(const stats::Families& families, const Resource& resource, WallTime start, WallTime now) {
    Json metrics = Json::array();
    for (const auto& family : families) {
        // OTLP requires data points.
        if (!family.metric.empty()) metrics.push_back(metric_of(family, start, now));
    }
    const Json scope = {{"scope", scope_json(resource)}, {"metrics", std::move(metrics)}};
    const Json all = {{"resource", resource_json(resource)}, {"scopeMetrics", Json::array({scope})}};
    return text_of({{"resourceMetrics", Json::array({all})}});
}

}  // namespace pintle::telemetry
