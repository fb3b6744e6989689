#include "top_view.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/base/terminal_text.hpp"
#include "status_text.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

json status() {
    return json::parse(R"({"version":"1.2","started_at":"2026-11-24T14:00:00.000Z","now":"2026-11-24T15:00:00.000Z",
        "draining":false,"connections":3,
        "events":{"received":1000,"accepted":900,"rejected":60,"dead_lettered":1,
                  "dropped":{"duplicate":30,"integration_disabled":10,"consent_denied":0}},
        "rejected_by_reason":{"invalid_write_key":50,"invalid_json":10},
        "journal":{"has_room":true,"bytes":1048576,"max_bytes":21474836480,"bytes_free":1,
                   "commits":{"bounds":[0.001,0.01],"counts":[5,5,0],"sum":1}},
        "process":{"resident_bytes":1048576,"cpu_seconds":10.0,"open_files":9},
        "destinations":[{"name":"customerio","backlog_events":200,"in_flight":3,"accepted":5000,
            "delivered":4000,"dead_lettered":3,"dead_letters":7,"retries":20,"backlog_bytes":1,
            "backlog_oldest_age_seconds":90.0,"time_to_drain_seconds":null,
            "retries_by_cause":{"transport_error":2,"server_error_503":18},"dead_letters_by_reason":{"rejected_400":3},
            "request_duration":{"bounds":[0.1,0.2],"counts":[10,0,0],"sum":1},
            "circuit_breaker_open":false,"paused":null}]})");
}

FullStatus look(const json& document) {
    return read_status(document.dump()).value();
}

// Ten seconds after `status`.
json later() {
    auto document = status();
    document["now"] = "2026-11-24T15:00:10.000Z";
    document["events"]["received"] = 2000;
    document["process"]["cpu_seconds"] = 15.0;
    auto& destination = document["destinations"][0];
    destination["accepted"] = 6000;
    destination["delivered"] = 5500;
    destination["retries"] = 70;
    destination["backlog_events"] = 100;
    destination["time_to_drain_seconds"] = 7.0;
    destination["request_duration"]["counts"] = {10, 100, 0};
    return document;
}

TEST(TopView, FiguresAreOfTheTimeBetweenTwoLooks) {
    const auto view = compare(look(status()), look(later()));
    EXPECT_THAT(view.received, Optional(DoubleEq(100)));
    EXPECT_THAT(view.cpu, Optional(DoubleEq(0.5)));
    const auto& destination = view.destinations.at(0);
    EXPECT_THAT(destination.in, Optional(DoubleEq(100)));
    EXPECT_THAT(destination.out, Optional(DoubleEq(150)));
    EXPECT_THAT(destination.retries, Optional(DoubleEq(5)));
    EXPECT_THAT(destination.p50, Optional(DoubleNear(0.15, 1e-9)));
    EXPECT_THAT(destination.p99, Optional(DoubleNear(0.199, 1e-9)));
}

TEST(TopView, WithoutALookBeforeThereAreNoFigures) {
    const auto view = compare(std::nullopt, look(status()));
    EXPECT_EQ(view.received, std::nullopt);
    EXPECT_EQ(view.destinations.at(0).out, std::nullopt);
    EXPECT_EQ(view.destinations.at(0).p99, std::nullopt);
}

TEST(TopView, ADaemonThatWasStartedAnewIsNotHeldAgainstTheOneBefore) {
    auto document = status();
    document["started_at"] = "2026-11-24T15:00:05.000Z";
    document["now"] = "2026-11-24T15:00:10.000Z";
    EXPECT_EQ(compare(look(status()), look(document)).received, std::nullopt);
}

TEST(TopView, ADestinationThatIsNewHasNoFiguresYet) {
    auto document = later();
    document["destinations"].push_back(document["destinations"][0]);
    document["destinations"][1]["name"] = "new";
    const auto view = compare(look(status()), look(document));
    EXPECT_TRUE(view.destinations.at(0).out);
    EXPECT_FALSE(view.destinations.at(1).out);
}

TEST(TopView, ABacklogThatGrowsIsNeverDrained) {
    auto document = later();
    document["destinations"][0]["delivered"] = 4500;
    document["destinations"][0]["time_to_drain_seconds"] = nullptr;
    const auto view = compare(look(status()), look(document));
    EXPECT_THAT(top_lines(view, "here", 200).at(5), HasSubstr("grows"));
}

TEST(TopView, JsonHasWhatCannotBeKnownAsNull) {
    const auto first = json::parse(top_json(compare(std::nullopt, look(status()))));
    EXPECT_TRUE(first["received_per_second"].is_null());
    const auto second = json::parse(top_json(compare(look(status()), look(later()))));
    EXPECT_EQ(second["destinations"][0]["out_per_second"], 150.0);
    EXPECT_EQ(second["destinations"][0]["time_to_drain_seconds"], 7.0);
    EXPECT_EQ(second["healthy"], true);
}

TEST(TopView, NoLineIsWiderThanTheTerminal) {
    auto document = later();
    document["destinations"][0]["paused"] = {{"reason", "operator"}, {"message", std::string(300, 'x')}};
    const auto view = compare(look(status()), look(document));
    for (std::size_t columns = 1; columns < 160; ++columns) {
        for (const auto& line : top_lines(view, "127.0.0.1:9090", columns)) {
            ASSERT_LE(text::width_of(line), columns) << line;
        }
    }
}

TEST(TopView, WhatMattersMostStaysWhereItIsNarrow) {
    const auto view = compare(look(status()), look(later()));
    const auto wide = top_lines(view, "here", 200).at(4);
    for (const char* title : {"DESTINATION", "IN/S", "OLDEST", "P50", "DEAD LETTERS"})
        EXPECT_THAT(wide, HasSubstr(title));
    const auto narrow = top_lines(view, "here", 40).at(4);
    EXPECT_THAT(narrow, HasSubstr("BACKLOG"));
    EXPECT_THAT(narrow, HasSubstr("STATE"));
    EXPECT_THAT(narrow, Not(HasSubstr("P50")));
}

TEST(Quantile, IsWithinItsBucketAndNeverBeyondTheLastBound) {
    const HistogramStatus none{{1, 2}, {0, 0, 0}};
    EXPECT_THAT(quantile(none, {{1, 2}, {0, 10, 0}}, 0.5), Optional(DoubleEq(1.5)));
    EXPECT_THAT(quantile(none, {{1, 2}, {0, 0, 10}}, 0.5), Optional(DoubleEq(2)));
    EXPECT_EQ(quantile(none, none, 0.5), std::nullopt);
    EXPECT_EQ(quantile({}, {}, 0.5), std::nullopt);
}

TEST(Status, ReadsWhateverComes) {
    for (const char* text : {"", "[]", "{}", "7", R"({"version":1,"destinations":[]})", R"({"version":"1"})"}) {
        EXPECT_FALSE(read_status(text)) << text;
    }
    const auto bare = read_status(
        R"({"version":"1","destinations":[7,{"name":3,"backlog_events":"x","request_duration":{"bounds":7},"paused":1}]})");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->destinations.size(), 2);
    EXPECT_NE(top_lines(compare(*bare, *bare), "here", 80).size(), 0);
}

TEST(Status, AHealthyDaemonIsSaidInAFewLines) {
    EXPECT_EQ(
        describe_status(look(status()), "here"),
        "healthy: accepts events, no destination is paused, 200 in the backlog\n"
        "pintle 1.2 at here, up 1h, 3 connections, journal 1.0 MiB of 20 GiB\n"
        "events since then: 1,000 received, 900 accepted, 60 rejected (invalid_write_key 50, invalid_json 10), 40 "
        "dropped (duplicate 30, integration_disabled 10), 1 dead-lettered at once\n"
        "\n"
        "DESTINATION  STATE       BACKLOG  OLDEST  DELIVERED  RETRIES  DEAD LETTERS\n"
        "customerio   delivering      200   1m30s      4,000       20             7\n"
        "customerio: retries: server_error_503 18, transport_error 2\n"
        "customerio: dead-lettered since then: rejected_400 3\n");
}

TEST(Status, RequestsInFlightAreNotAddedToTheBacklog) {
    auto document = status();
    document["destinations"][0]["in_flight"] = 50;
    EXPECT_THAT(describe_status(look(document), "here"), HasSubstr(" 200 in the backlog\n"));
    const auto lines = top_lines(compare(look(document), look(document)), "here", 200);
    EXPECT_THAT(lines.at(5), HasSubstr(" 200 "));
    document["destinations"][0]["backlog_events"] = 0;
    EXPECT_EQ(look(document).destinations.at(0).state(), "idle");
}

TEST(Status, TheStateOfADestinationIsACode) {
    auto document = status();
    document["destinations"][0]["circuit_breaker_open"] = true;
    EXPECT_EQ(look(document).destinations.at(0).state(), "circuit_breaker_open");
    EXPECT_THAT(describe_status(look(document), "here"), HasSubstr("circuit breaker open"));
    document["destinations"][0]["paused"] = {{"reason", "operator"}};
    EXPECT_EQ(look(document).destinations.at(0).state(), "paused");
}

TEST(Status, TroubleIsNamedFirst) {
    auto document = status();
    document["destinations"][0]["paused"] = {
        {"reason", "credentials"}, {"since", "2026-11-24T14:50:00.000Z"}, {"message", "401\x1b[2J"}};
    const auto text = describe_status(look(document), "here");
    EXPECT_THAT(text, testing::StartsWith("not healthy: customerio is paused (credentials) since "
                                          "2026-11-24T14:50:00.000Z: 401?[2J\n"));
    EXPECT_THAT(text, HasSubstr("customerio   paused "));
    document = status();
    document["draining"] = true;
    EXPECT_THAT(look(document).trouble(), HasSubstr("draining"));
    document["journal"]["has_room"] = false;
    EXPECT_THAT(look(document).trouble(), HasSubstr("journal accepts no events: too many writes wait"));
    document["journal"]["full"] = true;
    EXPECT_THAT(look(document).trouble(), HasSubstr("journal accepts no events: it is full"));
    document["journal"]["error"] = "IO error";
    EXPECT_THAT(look(document).trouble(), HasSubstr("journal accepts no events: IO error"));
}

}  // namespace
}  // namespace pintle::cli
