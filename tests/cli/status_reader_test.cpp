#include "status_reader.hpp"

#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "cli/status_documents.hpp"
#include "status_text.hpp"
#include "top_text.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(StatusReader, ReadsWhateverComes) {
    for (const char* text : {"", "[]", "{}", "7", R"({"version":1,"destinations":[]})", R"({"version":"1"})"}) {
        EXPECT_FALSE(read_status(text)) << text;
    }
    const auto bare = read_status(R"({"version":"1","now":"soon","rates":7,"destinations":
        [7,{"name":3,"backlog_events":"x","rates":[],"paused":1}]})");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->destinations.size(), 2);
    EXPECT_NE(top_lines(*bare, "here", 80).size(), 0);
}

TEST(StatusReader, TheUptimeIsOfTheDaemonsTimes) {
    auto document = status_document();
    document["started_at"] = "2026-11-23T14:59:59.750Z";
    EXPECT_EQ(read(document).uptime().count(), 24 * 3600 + 0.25);
    document["started_at"] = nullptr;
    document["now"] = nullptr;
    EXPECT_EQ(read(document).uptime().count(), 0);
}

TEST(StatusReader, TheHostIsTheDaemons) {
    EXPECT_EQ(read(status_document()).destinations.at(0).host, "track-eu.customer.io");
}

TEST(StatusText, AHealthyDaemonIsDescribedInAFewLines) {
    EXPECT_EQ(describe_status(read(status_document()), "here"),
              "healthy: accepts events, no destination is paused, 200 in the backlog\n"
              "pintle 1.2 at here, up 1h, 3 connections, journal 1.0 MiB of 20 GiB\n"
              "events since then: 1,000 received, 900 accepted, 1 dead-lettered at once\n"
              "  60 rejected: invalid_write_key 50, invalid_json 10\n"
              "  40 dropped: duplicate 30, integration_disabled 10\n"
              "  (accepted, dead-lettered and dropped count once for each destination, also\n"
              "  removed ones; rejected also counts requests without a known source)\n"
              "\n"
              "DESTINATION  STATE       BACKLOG  OLDEST  DELIVERED  RETRIES  LETTERS\n"
              "customerio   delivering      200   1m30s      4,000       20        7\n"
              "customerio: retries: server_error_503 18, transport_error 2\n"
              "customerio: dead-lettered since then: rejected_400 3\n");
}

TEST(StatusText, NodesAreListedAndAStreamThatNoNodeDeliversIsNotHealthy) {
    auto document = status_document();
    document["cluster"] = {
        {"nodes",
         {{{"name", "a"}, {"is_this", true}, {"version", "1.0"}, {"configuration", "c1"}, {"owned", {"customerio"}}},
          {{"name", "b"}, {"is_this", false}, {"version", "1.0"}, {"configuration", "c1"}, {"owned", json::array()}}}},
        {"streams", {{{"name", "customerio"}, {"owner", "a"}, {"epoch", 1}, {"since", nullptr}}}}};
    auto text = describe_status(read(document), "here");
    EXPECT_EQ(trouble_of(read(document)), "");
    EXPECT_THAT(text, HasSubstr("\nnode a (this one), pintle 1.0, configuration c1, delivers customerio\n"));
    EXPECT_THAT(text, HasSubstr("\nnode b, pintle 1.0, configuration c1, delivers nothing\n"));
    document["cluster"]["streams"][0]["owner"] = nullptr;
    document["cluster"]["nodes"][1]["configuration"] = "c2";
    EXPECT_EQ(trouble_of(read(document)), "customerio: no node delivers it; the nodes have different configurations");
}

json cluster_of_two() {
    return {{"nodes",
             {{{"name", "a"}, {"is_this", true}, {"version", "1.0"}, {"configuration", "c1"}, {"owned", json::array()}},
              {{"name", "b"},
               {"is_this", false},
               {"version", "1.0"},
               {"configuration", "c1"},
               {"last_seen", "2026-11-24T02:44:56.000Z"},
               {"owned", {"customerio"}}}}},
            {"streams",
             {{{"name", "customerio"},
               {"owner", "b"},
               {"epoch", 1},
               {"since", nullptr},
               {"last_record_at", "2026-11-24T02:44:59.900Z"},
               {"replicas", 3},
               {"in_sync_replicas", 3},
               {"refused", nullptr}}}}};
}

TEST(StatusText, SaysOfWhichNodeAndWhichOwnerNothingIsHeard) {
    auto document = status_document();
    document["now"] = "2026-11-24T02:45:00.000Z";
    document["cluster"] = cluster_of_two();
    EXPECT_EQ(trouble_of(read(document)), "");
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("\nnode b (not heard for 4.0 s), pintle 1.0, configuration c1, delivers customerio\n"));
    document["cluster"]["streams"][0]["last_record_at"] = "2026-11-24T02:44:50.000Z";
    EXPECT_EQ(trouble_of(read(document)),
              "customerio: it is not known who delivers it: node b, which owned it, has written nothing for 10 s");
    const auto text = describe_status(read(document), "here");
    EXPECT_THAT(text, HasSubstr("configuration c1, delivers nothing\n"));
    EXPECT_THAT(text, HasSubstr("\ncustomerio   no owner "));
}

TEST(StatusText, SaysWhyANodeRefusesAStreamAndThatReplicasAreMissing) {
    auto document = status_document();
    document["now"] = "2026-11-24T02:45:00.000Z";
    document["cluster"] = cluster_of_two();
    document["cluster"]["streams"][0]["refused"] = "it is newer";
    document["cluster"]["streams"][0]["in_sync_replicas"] = 2;
    EXPECT_EQ(trouble_of(read(document)), "customerio: node b delivers it; this one refuses it: it is newer");
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("\nwarning: the topic of customerio has 2 of 3 replicas in sync\n"));
    document["cluster"]["streams"][0]["owner"] = nullptr;
    EXPECT_EQ(trouble_of(read(document)), "customerio: no node delivers it; this one refuses it: it is newer");
}

TEST(StatusText, TwoNodesOfOneNameAreAWarning) {
    auto document = status_document();
    document["cluster"] = cluster_of_two();
    EXPECT_THAT(describe_status(read(document), "here"), testing::Not(HasSubstr("two nodes")));
    document["cluster"]["nodes"][1]["name"] = "a";
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("\nwarning: two nodes are named a: each needs its own journal.kafka.node_name\n"));
}

TEST(StatusText, LostEventsOfAJournalOnKafkaAreNotTheDisks) {
    auto document = status_document();
    document["destinations"][0]["lost"] = 2;
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("customerio: lost by the disk: 2 (the log: records_lost, dead_letters_lost)\n"));
    document["cluster"] = cluster_of_two();
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("customerio: lost by Kafka: 2; see `records_lost` in the logs of the nodes\n"));
}

TEST(StatusText, AStreamWithoutADestinationIsAWarningAndNotHealthy) {
    auto document = status_document();
    document["orphaned_streams"] = {{{"name", "old"},
                                     {"backlog_events", 1200},
                                     {"backlog_bytes", 7},
                                     {"backlog_oldest_age_seconds", 90.0},
                                     {"dead_letters", 3}},
                                    {{"name", "older"},
                                     {"backlog_events", 0},
                                     {"dead_letters", 1},
                                     {"not_taken_over", "eu takes it over at the next start"}}};
    const auto status = read(document);
    EXPECT_EQ(trouble_of(status), "the stream old has no destination; the stream older has no destination");
    const auto text = describe_status(status, "here");
    EXPECT_THAT(text, HasSubstr("warning: the stream old has no destination, 1,200 pending (oldest 1m30s),"));
    EXPECT_THAT(text, HasSubstr("warning: the stream older has no destination, 0 pending, 1 dead letter\n"
                                "  eu takes it over at the next start\n"));
}

TEST(StatusText, ASourceOfTopicsHasALine) {
    auto document = status_document();
    const nlohmann::json partition = {
        {"topic", "events"}, {"partition", 0}, {"next_offset", 7}, {"lag_records", 30}, {"waits_for", nullptr}};
    auto full = partition;
    full["waits_for"] = "destination_full";
    document["kafka_sources"] = {{{"source", "shop"},
                                  {"group", "pintle"},
                                  {"records", 1200},
                                  {"last_commit_at", "2026-11-24T14:59:58.000Z"},
                                  {"errors", 0},
                                  {"last_error_at", nullptr},
                                  {"partitions", {partition, full}}}};
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("shop: reads Kafka as the group pintle, 2 partitions, 1,200 records since then,\n"
                          "    lag 60, committed 2.0 s ago\n"
                          "  partitions that wait: destination_full 1\n"));
    document["kafka_sources"][0]["last_error"] = "broker: refused";
    document["kafka_sources"][0]["last_error_at"] = "2026-11-24T14:59:00.000Z";
    document["kafka_sources"][0]["partitions"][0]["lag_records"] = nullptr;
    const auto text = describe_status(read(document), "here");
    EXPECT_THAT(text, HasSubstr("lag unknown"));
    EXPECT_THAT(text, HasSubstr("  last error 1m ago: broker: refused\n"));
}

TEST(StatusText, ARejectedReloadIsUnhealthyAndNamesEachProblem) {
    auto document = status_document();
    document["configuration"] = {{"loaded_at", "2026-11-24T14:00:00.000Z"},
                                 {"rejected",
                                  {{"since", "2026-11-24T14:50:00.000Z"},
                                   {"by", "SIGHUP"},
                                   {"problems", {"/etc/pintle.yaml: cannot be read\x1b[2J", "/etc/b: is empty"}}}}};
    const auto text = describe_status(read(document), "here");
    EXPECT_THAT(text, testing::StartsWith(
                          "not healthy: the configuration cannot be reloaded since 2026-11-24T14:50:00.000Z\n"));
    EXPECT_THAT(text,
                HasSubstr("warning: the last reload (SIGHUP) was rejected; the configuration of before is in force\n"
                          "    /etc/pintle.yaml: cannot be read?[2J\n"
                          "    /etc/b: is empty\n"));
    document["configuration"]["rejected"] = nullptr;
    EXPECT_EQ(trouble_of(read(document)), "");
    document["configuration"]["pending_restart"] = {"listen", "journal.directory"};
    EXPECT_EQ(trouble_of(read(document)), "");
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("warning: the configuration waits for a restart: listen, journal.directory\n"));
}

TEST(StatusText, OfSeveralWriteKeysEachHasALine) {
    auto document = status_document();
    document["write_keys"] = {
        {{"source", "app"}, {"key", 1}, {"requests", 5}, {"last_used_at", "2026-11-24T14:59:59.000Z"}},
        {{"source", "web"}, {"key", 1}, {"requests", 1}, {"last_used_at", "2026-11-24T14:59:48.000Z"}},
        {{"source", "web"}, {"key", 2}, {"requests", 0}, {"last_used_at", nullptr}}};
    const auto text = describe_status(read(document), "here");
    EXPECT_THAT(text, HasSubstr("web: write key 1: 1 request since then, the last one 12 s ago\n"
                                "web: write key 2: not used since then\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("app: write key")));
}

TEST(StatusText, ACertificateIsAWarningBeforeItExpiresAndUnhealthyAfterwards) {
    auto document = status_document();
    document["now"] = "2026-11-24T15:00:00.000Z";
    document["certificate_expires_at"] = "2026-12-09T15:00:00.000Z";
    EXPECT_THAT(describe_status(read(document), "here"), testing::Not(HasSubstr("certificate")));
    document["certificate_expires_at"] = "2026-11-27T15:00:00.000Z";
    EXPECT_EQ(trouble_of(read(document)), "");
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("warning: the certificate of ingest.tls expires in 3d\n"));
    document["certificate_expires_at"] = "2026-11-24T14:59:00.000Z";
    EXPECT_EQ(trouble_of(read(document)), "the certificate of ingest.tls expired at 2026-11-24T14:59:00.000Z");
}

TEST(StatusText, TelemetryThatWasDroppedIsAWarning) {
    auto document = status_document();
    document["telemetry"] = nullptr;
    EXPECT_THAT(describe_status(read(document), "here"), testing::Not(HasSubstr("telemetry")));
    document["telemetry"] = {
        {"batches", {{"metrics", {{"exported", 9}, {"dropped", 0}}}, {"traces", {{"exported", 5}, {"dropped", 0}}}}},
        {"spans_dropped", 0}};
    EXPECT_THAT(describe_status(read(document), "here"), testing::Not(HasSubstr("telemetry")));
    document["telemetry"]["batches"]["metrics"]["dropped"] = 1;
    document["telemetry"]["batches"]["traces"]["dropped"] = 1200;
    document["telemetry"]["spans_dropped"] = 7;
    EXPECT_EQ(trouble_of(read(document)), "");
    EXPECT_THAT(
        describe_status(read(document), "here"),
        HasSubstr(
            "warning: telemetry dropped since then: 1 batch of metrics,\n    1,200 batches of traces, 7 spans\n"));
}

TEST(StatusText, ASlowRequestInFlightHasALine) {
    auto document = status_document();
    auto& destination = document["destinations"][0];
    destination["in_flight"] = 60;
    destination["in_flight_oldest_age_seconds"] = 0.9;
    EXPECT_THAT(describe_status(read(document), "here"), testing::Not(HasSubstr("in flight")));
    destination["in_flight_oldest_age_seconds"] = 30.0;
    EXPECT_THAT(describe_status(read(document), "here"),
                HasSubstr("\ncustomerio: 60 requests in flight, the oldest for 30 s\n"));
    EXPECT_EQ(trouble_of(read(document)), "") << "it has not failed yet";
}

TEST(StatusText, RequestsInFlightAreNotAddedToTheBacklog) {
    auto document = status_document();
    document["destinations"][0]["in_flight"] = 50;
    EXPECT_THAT(describe_status(read(document), "here"), HasSubstr(" 200 in the backlog\n"));
    document["destinations"][0]["backlog_events"] = 0;
    EXPECT_EQ(state_of(read(document).destinations.at(0)), "idle");
}

TEST(StatusText, TheStateOfADestinationIsACode) {
    auto document = status_document();
    document["destinations"][0]["circuit_breaker_open"] = true;
    EXPECT_EQ(state_of(read(document).destinations.at(0)), "circuit_breaker_open");
    EXPECT_THAT(describe_status(read(document), "here"), HasSubstr("circuit open"));
    document["destinations"][0]["circuit_breaker"] = {{"since", "2026-11-24T14:50:00.000Z"}, {"message", "503"}};
    EXPECT_EQ(trouble_of(read(document)), "customerio: circuit breaker open since 2026-11-24T14:50:00.000Z: 503");
    document["destinations"][0]["paused"] = {{"reason", "operator"}};
    EXPECT_EQ(state_of(read(document).destinations.at(0)), "paused");
}

TEST(StatusText, NoLineIsWiderThanATerminal) {
    auto document = status_document();
    auto& destination = document["destinations"][0];
    destination["circuit_breaker_open"] = true;
    for (const char* cause :
         {"rate_limited_429", "server_error_500", "server_error_503", "transport_error", "timeout"}) {
        destination["retries_by_cause"][cause] = 1'234'567;
        document["rejected_by_reason"][cause] = 7'654'321;
    }
    const auto text = describe_status(read(document), "localhost:9090");
    EXPECT_THAT(text, testing::StartsWith("not healthy: customerio: circuit breaker open, as all requests fail\n"));
    EXPECT_THAT(text, HasSubstr(",\n    ")) << "a long list goes on in the next line";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(StatusText, WhatTheDiskHasLostIsInTheFirstLine) {
    auto document = status_document();
    document["destinations"][0]["lost"] = 1400;
    EXPECT_THAT(describe_status(read(document), "here"),
                StartsWith("healthy, but the disk has lost 1,400 events or dead letters; "));
    document["not_ready"] = {{"reason", "journal_full"}, {"message", "it is full"}};
    EXPECT_THAT(describe_status(read(document), "here"),
                StartsWith("not healthy: it is full; the disk has lost 1,400 events or dead letters\n"));
}

TEST(StatusText, TroubleComesFirst) {
    auto document = status_document();
    document["destinations"][0]["paused"] = {
        {"reason", "credentials"}, {"since", "2026-11-24T14:50:00.000Z"}, {"message", "401\x1b[2J"}};
    const auto text = describe_status(read(document), "here");
    EXPECT_THAT(text, testing::StartsWith("not healthy: customerio is paused (credentials) since "
                                          "2026-11-24T14:50:00.000Z: 401?[2J\n"));
    EXPECT_THAT(text, HasSubstr("customerio   paused "));
}

TEST(StatusText, EachPauseIsNamedAndWhoPausedIt) {
    auto document = status_document();
    document["destinations"][0]["pauses"] = {
        {{"reason", "operator"}, {"since", "2026-11-24T14:50:00.000Z"}, {"message", "maintenance"}, {"by", "deploy"}},
        {{"reason", "credentials"}, {"since", "2026-11-24T14:00:00.000Z"}, {"message", "401"}, {"by", nullptr}}};
    EXPECT_EQ(trouble_of(read(document)),
              "customerio is paused (operator) by deploy since 2026-11-24T14:50:00.000Z: maintenance; "
              "customerio is paused (credentials) since 2026-11-24T14:00:00.000Z: 401");
}

TEST(StatusText, WhyNoEventsAreAcceptedIsTheDaemonsSentence) {
    auto document = status_document();
    document["journal"]["has_room"] = false;
    document["journal"]["full"] = true;
    EXPECT_EQ(trouble_of(read(document)), "") << "the daemon decides";
    document["not_ready"] = {{"reason", "journal_moved"}, {"message", "the journal accepts no events: it moves"}};
    EXPECT_EQ(trouble_of(read(document)), "the journal accepts no events: it moves");
    EXPECT_EQ(read(document).not_ready->reason, "journal_moved");
}

}  // namespace
}  // namespace pintle::cli
