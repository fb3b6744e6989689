#include "pintle/telemetry/metrics_request.hpp"

#include <array>
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pintle/stats/histogram.hpp"
#include "pintle/stats/prometheus.hpp"

namespace pintle::telemetry {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const Resource resource{"1.2.3", "an-instance", "a-host"};
constexpr WallTime start{1'700'000'000'000ms};
constexpr WallTime now{1'700'000'060'123ms};

json metrics_of(stats::Family family) {
    stats::Families families;
    family.move_to(families);
    const auto request = json::parse(metrics_request(families, resource, start, now));
    return request.at("resourceMetrics").at(0).at("scopeMetrics").at(0).at("metrics");
}

TEST(MetricsRequest, NamesTheProcess) {
    const auto request = json::parse(metrics_request({}, resource, start, now)).at("resourceMetrics").at(0);
    EXPECT_EQ(request.at("resource"), json::parse(R"({"attributes":[
        {"key":"service.name","value":{"stringValue":"pintle"}},
        {"key":"service.version","value":{"stringValue":"1.2.3"}},
        {"key":"service.instance.id","value":{"stringValue":"an-instance"}},
        {"key":"host.name","value":{"stringValue":"a-host"}}]})"));
    EXPECT_EQ(request.at("scopeMetrics").at(0).at("scope"), json::parse(R"({"name":"pintle","version":"1.2.3"})"));
}

TEST(MetricsRequest, MakesACumulativeMonotonicSumOfACounter) {
    auto family = stats::Family::counter("pintle_events_total", "Events.");
    family.add({{"source", "web"}, {"type", "track"}}, std::uint64_t{7}).add({}, std::uint64_t{1});
    EXPECT_EQ(metrics_of(family), json::parse(R"([{"name":"pintle_events_total","description":"Events.","sum":{
        "aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
            {"attributes":[{"key":"source","value":{"stringValue":"web"}},{"key":"type","value":{"stringValue":"track"}}],
             "startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000060123000000","asDouble":7.0},
            {"attributes":[],"startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000060123000000",
             "asDouble":1.0}]}}])"));
}

TEST(MetricsRequest, MakesAGaugeOfAGauge) {
    auto family = stats::Family::gauge("pintle_journal_bytes", "Size.");
    family.add({}, 2.5);
    EXPECT_EQ(metrics_of(family), json::parse(R"([{"name":"pintle_journal_bytes","description":"Size.","unit":"By",
        "gauge":{"dataPoints":[{"attributes":[],"timeUnixNano":"1700000060123000000","asDouble":2.5}]}}])"));
}

TEST(MetricsRequest, CountsEachValueOfAHistogramInOneBucketOnly) {
    static constexpr stats::Bounds bounds{10ms, 1s};
    stats::Histogram durations(bounds);
    for (const auto time : {5ms, 10ms, 500ms, 2000ms}) durations.add(time);
    auto family = stats::Family::histogram("pintle_duration_seconds", "Time.");
    family.add({}, durations.times());
    EXPECT_EQ(metrics_of(family), json::parse(R"([{"name":"pintle_duration_seconds","description":"Time.","unit":"s",
        "histogram":{"aggregationTemporality":2,"dataPoints":[
            {"attributes":[],"startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000060123000000",
             "count":"4","sum":2.515,"bucketCounts":["2","1","1"],"explicitBounds":[0.01,1.0]}]}}])"));
}

TEST(MetricsRequest, LeavesOutAMetricWithoutSamples) {
    EXPECT_EQ(metrics_of(stats::Family::gauge("pintle_nothing", "Nothing.")), json::array());
}

TEST(MetricsRequest, IsJsonWhateverTheTextsAre) {
    auto family = stats::Family::gauge("pintle_x", "X.");
    family.add({{"source", "a\"b\n\xff"}}, 1.0);
    EXPECT_EQ(metrics_of(family).at(0).at("gauge").at("dataPoints").at(0).at("attributes").at(0).at("value"),
              json::parse("{\"stringValue\":\"a\\\"b\\n\xEF\xBF\xBD\"}"));
}

TEST(ThisProcess, HasARandomUuid) {
    const auto one = this_process();
    EXPECT_THAT(one.instance,
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_NE(one.instance, this_process().instance);
    EXPECT_EQ(one.version, PINTLE_VERSION);
}

}  // namespace
}  // namespace pintle::telemetry
