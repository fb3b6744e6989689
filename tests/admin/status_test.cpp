#include "status.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pintle::admin {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Optional;

constexpr stats::Bounds bounds{100ms, 1s};

Status status() {
    Status status;
    status.version = "1.2.3";
    status.started = WallTime{1'795'478'400s};
    status.now = status.started + 90s;
    status.log_level = "info";
    status.connections = 3;
    status.events.received = 10;
    status.events.duplicate = 2;
    status.events.rejected_by_reason = {{"invalid_json", 4}};
    auto& destination = status.destinations.emplace_back();
    destination.name = "customerio";
    destination.host = "track-eu.customer.io";
    destination.api_version = "v2";
    destination.request_duration.bounds = destination.delivery_latency.bounds = &bounds;
    destination.oldest_age = 0;
    return status;
}

json written(const Status& status) {
    http::Response response;
    answer_status(status, false, config::AdminRole::operate, response);
    return json::parse(response.body);
}

json written_destination(const DestinationStatus& destination) {
    auto one = status();
    one.destinations = {destination};
    return written(one)["destinations"][0];
}

TEST(StatusJson, HasTheFactsOfTheDaemon) {
    const auto document = written(status());
    EXPECT_EQ(document["version"], "1.2.3");
    EXPECT_EQ(document["started_at"], "2026-11-24T00:00:00.000Z");
    EXPECT_EQ(document["now"], "2026-11-24T00:01:30.000Z");
    EXPECT_EQ(document["not_ready"], nullptr);
    EXPECT_EQ(document["events"]["received"], 10);
    EXPECT_EQ(document["events"]["dropped"]["duplicate"], 2);
    EXPECT_EQ(document["rejected_by_reason"], json({{"invalid_json", 4}}));
}

TEST(StatusJson, HasTheUseOfEachWriteKeyByItsPlace) {
    auto one = status();
    EXPECT_EQ(written(one)["write_keys"], json::array());
    auto& source = one.ingest.sources.emplace_back();
    source.source = "web";
    source.keys = {{7, one.started}, {}};
    EXPECT_EQ(written(one)["write_keys"],
              json({{{"source", "web"}, {"key", 1}, {"requests", 7}, {"last_used_at", "2026-11-24T00:00:00.000Z"}},
                    {{"source", "web"}, {"key", 2}, {"requests", 0}, {"last_used_at", nullptr}}}));
}

TEST(StatusJson, HasTheEndOfTheCertificateWhereThereIsOne) {
    auto with_tls = status();
    EXPECT_EQ(written(with_tls)["certificate_expires_at"], nullptr);
    with_tls.certificate_expires = with_tls.started;
    EXPECT_EQ(written(with_tls)["certificate_expires_at"], "2026-11-24T00:00:00.000Z");
}

TEST(StatusJson, HasTheLastReloadIfItWasRejected) {
    auto changed = status();
    changed.configuration.loaded = changed.started;
    EXPECT_EQ(
        written(changed)["configuration"],
        json({{"loaded_at", "2026-11-24T00:00:00.000Z"}, {"rejected", nullptr}, {"pending_restart", json::array()}}));
    changed.configuration.pending_restart = {"listen"};
    EXPECT_EQ(written(changed)["configuration"]["pending_restart"], json({"listen"}));
    changed.configuration.rejected = {changed.started + 5s, "SIGHUP", {"pintle.yaml:2: a", "pintle.yaml:3: b"}};
    EXPECT_EQ(written(changed)["configuration"]["rejected"],
              json({{"since", "2026-11-24T00:00:05.000Z"},
                    {"by", "SIGHUP"},
                    {"problems", {"pintle.yaml:2: a", "pintle.yaml:3: b"}}}));
}

TEST(StatusJson, TheBacklogIsNotIncreasedByRequestsInFlight) {
    auto destination = status().destinations[0];
    destination.ledger.backlog = 200;
    destination.in_flight = 50;
    const auto document = written_destination(destination);
    EXPECT_EQ(document["backlog_events"], 200);
    EXPECT_EQ(document["in_flight"], 50);
    EXPECT_EQ(document["in_flight_oldest_age_seconds"], nullptr);
    destination.oldest_request_age = 30.5;
    EXPECT_EQ(written_destination(destination)["in_flight_oldest_age_seconds"], 30.5);
}

TEST(StatusJson, TheHostIsTheOneThatIsDeliveredTo) {
    EXPECT_EQ(written(status())["destinations"][0]["host"], "track-eu.customer.io");
}

TEST(StatusJson, CountsHaveNoZerosAndAddUp) {
    auto destination = status().destinations[0];
    destination.retries = {{"rate_limited", 3}, {"transport_error", 0}, {"server_error_503", 4}};
    const auto document = written_destination(destination);
    EXPECT_EQ(document["retries"], 7);
    EXPECT_EQ(document["retries_by_cause"], json({{"rate_limited", 3}, {"server_error_503", 4}}));
    EXPECT_EQ(document["dead_letters_by_reason"], json::object());
}

TEST(StatusJson, WhatIsUnknownIsNull) {
    auto destination = status().destinations[0];
    destination.oldest_age.reset();
    const auto document = written_destination(destination);
    EXPECT_EQ(document["backlog_bytes"], nullptr);
    EXPECT_EQ(document["backlog_oldest_age_seconds"], nullptr);
    EXPECT_EQ(document["time_to_drain_seconds"], nullptr);
    EXPECT_EQ(document["paused"], nullptr);
    EXPECT_EQ(document["pauses"], json::array());
    EXPECT_EQ(document["circuit_breaker_open"], false);
    EXPECT_EQ(document["circuit_breaker"], nullptr);
    for (const auto& rate : document["rates"]) EXPECT_EQ(rate, nullptr);
}

TEST(StatusJson, WhatTheDaemonComputedIsWrittenAsItIs) {
    auto destination = status().destinations[0];
    destination.usage.bytes = 300;
    destination.oldest_age = 1.5;
    destination.time_to_drain = 7;
    destination.rates.delivered = 12.5;
    destination.rates.request_duration_p99 = 0.25;
    destination.pauses = {{"operator", WallTime{1'795'478'460s}, "maintenance", "deploy"},
                          {"credentials", WallTime{1'795'478'400s}, "401"}};
    destination.circuit_breaker = {WallTime{1'795'478'400s}, "503"};
    destination.request_duration.counts = {1, 2, 3};
    destination.request_duration.sum = 2500ms;
    const auto document = written_destination(destination);
    EXPECT_EQ(document["backlog_bytes"], 300);
    EXPECT_EQ(document["backlog_oldest_age_seconds"], 1.5);
    EXPECT_EQ(document["time_to_drain_seconds"], 7.0);
    EXPECT_EQ(document["rates"]["delivered_per_second"], 12.5);
    EXPECT_EQ(document["rates"]["request_duration_p99_seconds"], 0.25);
    const json by_operator = {
        {"reason", "operator"}, {"since", "2026-11-24T00:01:00.000Z"}, {"message", "maintenance"}, {"by", "deploy"}};
    const json by_credentials = {
        {"reason", "credentials"}, {"since", "2026-11-24T00:00:00.000Z"}, {"message", "401"}, {"by", nullptr}};
    EXPECT_EQ(document["paused"], by_operator);
    EXPECT_EQ(document["pauses"], json({by_operator, by_credentials}));
    EXPECT_EQ(document["circuit_breaker_open"], true);
    EXPECT_EQ(document["circuit_breaker"], json({{"since", "2026-11-24T00:00:00.000Z"}, {"message", "503"}}));
    EXPECT_EQ(document["request_duration"], json({{"bounds", {0.1, 1.0}}, {"counts", {1, 2, 3}}, {"sum", 2.5}}));
}

TEST(StatusJson, ASourceOfTopicsIsListedWithItsPartitions) {
    auto one = status();
    EXPECT_EQ(written(one)["kafka_sources"], json::array());
    kafka_source::ReaderStatus source;
    source.source = "shop";
    source.group = "pintle";
    source.records = 12;
    source.bytes = 345;
    source.partitions = {{"events", 0, 7, 3, {}}, {"events", 1, 9, 4, Reason::destination_full}};
    one.kafka_sources = {source};
    EXPECT_EQ(
        written(one)["kafka_sources"],
        json(
            {{{"source", "shop"},
              {"group", "pintle"},
              {"records", 12},
              {"bytes", 345},
              {"lag_records", 7},
              {"last_commit_at", nullptr},
              {"errors", 0},
              {"last_error", nullptr},
              {"last_error_at", nullptr},
              {"partitions",
               {{{"topic", "events"}, {"partition", 0}, {"next_offset", 7}, {"lag_records", 3}, {"waits_for", nullptr}},
                {{"topic", "events"},
                 {"partition", 1},
                 {"next_offset", 9},
                 {"lag_records", 4},
                 {"waits_for", "destination_full"}}}}}}));
    one.kafka_sources[0].partitions[0].lag.reset();
    EXPECT_EQ(written(one)["kafka_sources"][0]["lag_records"], nullptr) << "it is not known of all";
    one.kafka_sources[0].last_commit = WallTime{1'795'478'400s};
    EXPECT_EQ(written(one)["kafka_sources"][0]["last_commit_at"], "2026-11-24T00:00:00.000Z");
}

TEST(StatusJson, AStreamWithoutADestinationIsListed) {
    auto one = status();
    EXPECT_EQ(written(one)["orphaned_streams"], json::array());
    one.orphaned_streams = {{"old", 12, 345, 3, 6.5}, {"older", 0, 0, 1, {}, "eu takes it over"}};
    EXPECT_EQ(written(one)["orphaned_streams"], json({{{"name", "old"},
                                                       {"backlog_events", 12},
                                                       {"backlog_bytes", 345},
                                                       {"backlog_oldest_age_seconds", 6.5},
                                                       {"dead_letters", 3},
                                                       {"not_taken_over", nullptr}},
                                                      {{"name", "older"},
                                                       {"backlog_events", 0},
                                                       {"backlog_bytes", 0},
                                                       {"backlog_oldest_age_seconds", nullptr},
                                                       {"dead_letters", 1},
                                                       {"not_taken_over", "eu takes it over"}}}));
}

journal::Cluster two_nodes() {
    journal::Cluster cluster;
    cluster.nodes = {{"a", true, {"1.0", "c1", "10.0.0.1:9090", "1a2b"}, WallTime{1s}, WallTime{9s}, {"customerio"}},
                     {"b", false, {"1.0", "c1", "10.0.0.2:9090", "1a2b"}, WallTime{2s}, WallTime{8s}, {}}};
    cluster.streams = {{"customerio", "a", 4, WallTime{5s}, WallTime{7s}, 3, 2, "it is newer"}, {"test", "", 0, {}}};
    cluster.ownership_changes = 3;
    return cluster;
}

TEST(StatusJson, NamesTheNodesThatShareTheJournalAndWhatEachOwns) {
    auto one = status();
    EXPECT_EQ(written(one)["cluster"], nullptr);
    one.cluster = two_nodes();
    const auto cluster = written(one)["cluster"];
    EXPECT_EQ(cluster["nodes"][0], json({{"name", "a"},
                                         {"is_this", true},
                                         {"version", "1.0"},
                                         {"configuration", "c1"},
                                         {"secrets", "1a2b"},
                                         {"admin_address", "10.0.0.1:9090"},
                                         {"started_at", "1970-01-01T00:00:01.000Z"},
                                         {"last_seen", "1970-01-01T00:00:09.000Z"},
                                         {"owned", {"customerio"}}}));
    EXPECT_EQ(cluster["streams"][0]["owner"], "a");
    EXPECT_EQ(cluster["streams"][0]["since"], "1970-01-01T00:00:05.000Z");
    EXPECT_EQ(cluster["streams"][0]["last_record_at"], "1970-01-01T00:00:07.000Z");
    EXPECT_EQ(cluster["streams"][0]["replicas"], 3);
    EXPECT_EQ(cluster["streams"][0]["in_sync_replicas"], 2);
    EXPECT_EQ(cluster["streams"][0]["refused"], "it is newer");
    EXPECT_EQ(cluster["streams"][1], json({{"name", "test"},
                                           {"owner", nullptr},
                                           {"epoch", 0},
                                           {"since", nullptr},
                                           {"last_record_at", nullptr},
                                           {"replicas", 0},
                                           {"in_sync_replicas", 0},
                                           {"refused", nullptr}}));
    EXPECT_EQ(cluster["same_configuration"], true);
    EXPECT_EQ(cluster["ownership_changes"], 3);
    one.cluster->nodes[1].announcement.configuration = "c2";
    EXPECT_EQ(written(one)["cluster"]["same_configuration"], false);
    EXPECT_EQ(written(one)["cluster"]["same_secrets"], true);
    one.cluster->nodes[1].announcement.secrets = "ffff";
    EXPECT_EQ(written(one)["cluster"]["same_secrets"], false);
}

TEST(StatusJson, TheRetriesOfADestinationAreThoseOfItsOwner) {
    auto one = status();
    one.destinations[0].retries = {{"transport_error", 2}};
    EXPECT_EQ(written(one)["destinations"][0]["retries"], 2);
    one.destinations[0].owner_retries = {{"server_error_503", 40}, {"transport_error", 1}};
    EXPECT_EQ(written(one)["destinations"][0]["retries"], 41);
    EXPECT_EQ(written(one)["destinations"][0]["retries_by_cause"],
              json({{"server_error_503", 40}, {"transport_error", 1}}));
}

TEST(StatusJson, TheClusterIsAnswered404WithoutOne) {
    auto one = status();
    http::Response response;
    answer_cluster(one, response);
    EXPECT_EQ(response.status, 404);
    one.cluster = two_nodes();
    http::Response shared;
    answer_cluster(one, shared);
    EXPECT_EQ(shared.status, 200);
    EXPECT_EQ(json::parse(shared.body), written(one)["cluster"]);
}

TEST(StatusJson, OneDestinationIsFoundByItsName) {
    http::Response response;
    answer_destination(status(), "customerio", response);
    EXPECT_EQ(json::parse(response.body), written(status())["destinations"][0]);
    answer_destination(status(), "other", response);
    EXPECT_EQ(response.status, 404);
}

TEST(StatusJson, APauseOfAPausedDestinationSaysWhoPausedItAndWhatHasChanged) {
    auto now = status();
    now.destinations[0].pauses = {{"operator", WallTime{1'795'478'400s}, "an incident", "ada"},
                                  {"credentials", WallTime{1'795'478'400s}, "401"}};
    const auto change_from = [&](const std::optional<PauseStatus>& before) {
        http::Response response;
        answer_paused(now, "customerio", before, response);
        return json::parse(response.body).at("change");
    };
    EXPECT_EQ(change_from({}), json({{"before", nullptr}, {"changed", json::array()}}));
    auto before = now.destinations[0].pauses[0];
    EXPECT_EQ(change_from(before)["changed"], json::array());
    before.message = "maintenance";
    EXPECT_EQ(change_from(before)["changed"], json({"message"}));
    before.by = "deploy";
    EXPECT_EQ(change_from(before)["changed"], json({"message", "by"}));
    EXPECT_EQ(change_from(before)["before"]["by"], "deploy");
}

TEST(StatusJson, AResumeSaysWhichPausesHaveEndedAndWhichRemain) {
    auto now = status();
    const PauseStatus before{"operator", WallTime{1'795'478'400s}, "maintenance", "deploy"};
    http::Response response;
    answer_resumed(now, "customerio", before, response);
    auto change = json::parse(response.body).at("change");
    EXPECT_EQ(change["before"]["by"], "deploy");
    EXPECT_EQ(change["ended"], json({"operator"}));
    EXPECT_EQ(change["remaining"], json::array());
    now.destinations[0].pauses = {{"credentials", WallTime{1'795'478'400s}, "401"}};
    answer_resumed(now, "customerio", {}, response);
    change = json::parse(response.body).at("change");
    EXPECT_EQ(change, json({{"before", nullptr}, {"ended", json::array()}, {"remaining", {"credentials"}}}));
}

TEST(Uptime, IsTheTimeBetweenStartAndNow) {
    auto later = status();
    later.started = WallTime{0ms};
    later.now = WallTime{26h + 250ms};
    EXPECT_EQ(later.uptime().count(), 26 * 3600 + 0.25);
}

TEST(Ready, IsTheDaemonThatAcceptsEvents) {
    http::Response response;
    answer_ready(status(), response);
    EXPECT_EQ(response.status, 200);
    auto document = json::parse(response.body);
    EXPECT_EQ(document["status"], "ready");
    EXPECT_EQ(document["message"], nullptr);
    auto full = status();
    full.not_ready = {"journal_full", "the journal accepts no events: it is full"};
    full.destinations[0].ledger.lost = 2;
    answer_ready(full, response);
    EXPECT_EQ(response.status, 503);
    document = json::parse(response.body);
    EXPECT_EQ(document["status"], "journal_full");
    EXPECT_EQ(document["message"], "the journal accepts no events: it is full");
    EXPECT_EQ(document["destinations"][0]["lost"], 2);
}

TEST(Ready, NamesEachPauseAndTheOpenCircuitBreakerButNobody) {
    auto now = status();
    now.destinations[0].pauses = {{"operator", WallTime{1'795'478'400s}, "maintenance", "deploy"},
                                  {"credentials", WallTime{1'795'478'400s}, "401"}};
    now.destinations[0].circuit_breaker = {WallTime{1'795'478'400s}, "503"};
    http::Response response;
    answer_ready(now, response);
    const auto destination = json::parse(response.body)["destinations"][0];
    EXPECT_EQ(destination["paused"]["reason"], "operator");
    EXPECT_EQ(destination["pauses"][1]["message"], "401");
    EXPECT_EQ(destination["circuit_breaker"]["message"], "503");
    EXPECT_EQ(response.body.find("deploy"), std::string::npos) << "it is answered without a token";
}

TEST(Configurations, ANodeThatHasNotSaidItsConfigurationYetHasNone) {
    journal::Cluster cluster;
    for (const char* const hash : {"one", "one", ""}) cluster.nodes.emplace_back().announcement.configuration = hash;
    EXPECT_EQ(configurations(cluster), 1);
    cluster.nodes.emplace_back().announcement.configuration = "another";
    EXPECT_EQ(configurations(cluster), 2);
}

TEST(NotReady, SaysWhyInACodeAndASentence) {
    journal::Usage usage;
    EXPECT_EQ(not_ready(false, true, usage), std::nullopt);
    EXPECT_THAT(not_ready(false, false, usage),
                Optional(NotReady{"journal_overloaded",
                                  "the journal accepts no events: too many writes wait for the journal"}));
    usage.rejection = "Kafka has not acknowledged an event for 3 s";
    EXPECT_EQ(not_ready(false, false, usage)->message,
              "the journal accepts no events: Kafka has not acknowledged an event for 3 s");
    usage.full = true;
    EXPECT_THAT(not_ready(false, false, usage),
                Optional(NotReady{"journal_full", "the journal accepts no events: it is full"}));
    usage.disk_full = true;
    usage.bytes_free = 10U << 20U;
    EXPECT_EQ(not_ready(false, false, usage)->message,
              "the journal accepts no events: the disk is full, with only 10 MiB free");
    usage.error = "IO error";
    EXPECT_THAT(not_ready(false, true, usage),
                Optional(NotReady{"journal_failed", "the journal accepts no events: IO error"}));
    EXPECT_EQ(not_ready(true, false, usage)->reason, "draining");
}

TEST(NotReady, AFullJournalThatStillAcceptsIsReady) {
    journal::Usage usage;
    usage.full = true;
    EXPECT_EQ(not_ready(false, true, usage), std::nullopt);
}

}  // namespace
}  // namespace pintle::admin
