#include "pintle/daemon/metrics.hpp"

#include <sstream>

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr stats::Bounds bounds{5ms, 1s};

ingest::SourceCounts source(const std::string& name, const std::string& destination) {
    ingest::SourceCounts counts;
    counts.source = name;
    counts.destination = destination;
    return counts;
}

// One source and one destination, where nothing has happened.
Snapshot quiet() {
    Snapshot snapshot;
    snapshot.ingest.answers.bounds = snapshot.journal.commits.bounds = &bounds;
    snapshot.ingest.sources.push_back(source("web", "customerio"));
    auto& destination = snapshot.destinations.emplace_back();
    destination.name = "customerio";
    destination.request_duration.bounds = destination.delivery_latency.bounds = &bounds;
    destination.backlog.emplace();
    return snapshot;
}

// The value of a sample, spelled as in the text; empty where there is none.
std::string value(const Snapshot& snapshot, const std::string& sample) {
    std::istringstream lines(to_text(snapshot));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(sample + " ")) return line.substr(sample.size() + 1);
    }
    return {};
}

TEST(Metrics, ShowWhatMayComeBeforeItDoes) {
    auto snapshot = quiet();
    snapshot.destinations[0].dead_lettered = {{Reason::rejected_400, 0}};
    snapshot.destinations[0].retries = {{Reason::transport_error, 0}};
    EXPECT_EQ(value(snapshot, R"(pintle_events_dead_lettered_total{destination="customerio",reason="rejected_400"})"),
              "0");
    EXPECT_EQ(value(snapshot, R"(pintle_delivery_retries_total{destination="customerio",cause="transport_error"})"),
              "0");
    EXPECT_EQ(value(snapshot, R"(pintle_events_received_total{source="web",type="track"})"), "0");
}

TEST(Metrics, AddUpTheSourcesOfADestination) {
    auto snapshot = quiet();
    snapshot.ingest.sources.push_back(source("app", "customerio"));
    snapshot.ingest.sources.push_back(source("other", "elsewhere"));
    for (auto& each : snapshot.ingest.sources) {
        each.accepted = 10;
        each.duplicate = 3;
        each.dead_lettered = {{Reason::event_name_missing, 2}};
    }
    EXPECT_EQ(value(snapshot, R"(pintle_events_accepted_total{destination="customerio"})"), "24");
    EXPECT_EQ(value(snapshot, R"(pintle_events_dropped_total{destination="customerio",reason="duplicate"})"), "6");
    EXPECT_EQ(value(snapshot, R"(pintle_events_dead_lettered_total{destination="customerio",)"
                              R"(reason="event_name_missing"})"),
              "4");
}

TEST(Metrics, AddDeadLettersOfBatchesToThoseOfTheSameReasonLater) {
    auto snapshot = quiet();
    snapshot.ingest.sources[0].dead_lettered = {{Reason::unknown_event_type, 2}};
    snapshot.destinations[0].dead_lettered = {{Reason::unknown_event_type, 5}};
    EXPECT_EQ(
        value(snapshot, R"(pintle_events_dead_lettered_total{destination="customerio",reason="unknown_event_type"})"),
        "7");
}

TEST(Metrics, NameTheReasonOfAPause) {
    using delivery::PauseReason;
    auto snapshot = quiet();
    const auto paused = [&] {
        std::string values;
        for (const char* reason : {"operator", "credentials", "region_unknown"}) {
            values += value(snapshot, R"(pintle_destination_paused{destination="customerio",reason=")" +
                                          std::string(reason) + "\"}");
        }
        return values;
    };
    EXPECT_EQ(paused(), "000");
    snapshot.destinations[0].paused = PauseReason::by_operator;
    EXPECT_EQ(paused(), "100");
    snapshot.destinations[0].paused = PauseReason::credentials;
    EXPECT_EQ(paused(), "010");
    snapshot.destinations[0].paused = PauseReason::region_unknown;
    EXPECT_EQ(paused(), "001");
}

TEST(Metrics, TheHelpOfAPauseNamesAllReasons) {
    const auto text = to_text(quiet());
    const auto begin = text.find("# HELP pintle_destination_paused ");
    ASSERT_NE(begin, std::string::npos);
    const auto help = text.substr(begin, text.find('\n', begin) - begin);
    for (const auto reason : delivery::pause_reasons)
        EXPECT_THAT(help, HasSubstr("`" + std::string(delivery::code_of(reason)) + "`"));
}

TEST(Metrics, AHistogramsBucketsEachHoldAllBelow) {
    auto snapshot = quiet();
    snapshot.destinations[0].request_duration.counts = {1, 2, 4};
    snapshot.destinations[0].request_duration.sum = 1500ms;
    const auto bucket = [&](const std::string& bound) {
        return value(snapshot, R"(pintle_delivery_request_duration_seconds_bucket{destination="customerio",le=")" +
                                   bound + "\"}");
    };
    EXPECT_EQ(bucket("0.005"), "1");
    EXPECT_EQ(bucket("1"), "3");
    EXPECT_EQ(bucket("+Inf"), "7");
    EXPECT_EQ(value(snapshot, R"(pintle_delivery_request_duration_seconds_count{destination="customerio"})"), "7");
    EXPECT_EQ(value(snapshot, R"(pintle_delivery_request_duration_seconds_sum{destination="customerio"})"), "1.5");
}

TEST(Metrics, LargeCountsKeepTheirLastDigit) {
    auto snapshot = quiet();
    snapshot.destinations[0].delivered = 9'007'199'254'740'991;
    EXPECT_EQ(value(snapshot, R"(pintle_events_delivered_total{destination="customerio"})"), "9007199254740991");
}

TEST(Metrics, LeaveOutTheBacklogThatTheDiskDoesNotTell) {
    auto snapshot = quiet();
    snapshot.destinations[0].ledger.backlog = 3;
    snapshot.destinations[0].backlog = Backlog{300, 1.5};
    EXPECT_THAT(to_text(snapshot),
                AllOf(HasSubstr(R"(pintle_backlog_bytes{destination="customerio"} 300)"),
                      HasSubstr(R"(pintle_backlog_oldest_age_seconds{destination="customerio"} 1.5)")));
    snapshot.destinations[0].backlog.reset();
    EXPECT_THAT(to_text(snapshot), AllOf(Not(HasSubstr("pintle_backlog_bytes{")),
                                         HasSubstr(R"(pintle_backlog_events{destination="customerio"} 3)")));
}

TEST(Metrics, AreNotBrokenByNames) {
    auto snapshot = quiet();
    snapshot.ingest.sources[0].source = "a\"b\\c\nd";
    EXPECT_EQ(value(snapshot, R"(pintle_events_received_total{source="a\"b\\c\nd",type="page"})"), "0");
}

}  // namespace
}  // namespace pintle::daemon
