#include "metrics.hpp"

#include <cstddef>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "pintle/delivery/pause_reason.hpp"
#include "pintle/delivery/worker_counts.hpp"
#include "status.hpp"

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
    counts.destinations.emplace_back().destination = destination;
    return counts;
}

// A daemon with one source and one destination to which nothing has happened.
admin::Status quiet() {
    admin::Status status;
    status.version = "1.2.3";
    status.ingest.response_times.bounds = status.journal.commits.bounds = &bounds;
    status.ingest.sources.push_back(source("web", "customerio"));
    auto& destination = status.destinations.emplace_back();
    destination.name = "customerio";
    destination.request_duration.bounds = destination.delivery_latency.bounds = &bounds;
    destination.oldest_age = 0;
    return status;
}

// The value of a sample, written as in the text; empty where there is none.
std::string value(const admin::Status& status, const std::string& sample) {
    std::istringstream lines(prometheus_text(status));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(sample + " ")) return line.substr(sample.size() + 1);
    }
    return {};
}

TEST(Metrics, ShowWhatMayComeBeforeItDoes) {
    auto status = quiet();
    status.destinations[0].dead_lettered = {{"rejected_400", 0}};
    status.destinations[0].retries = {{"transport_error", 0}};
    EXPECT_EQ(value(status, R"(pintle_events_dead_lettered_total{destination="customerio",reason="rejected_400"})"),
              "0");
    EXPECT_EQ(value(status, R"(pintle_delivery_retries_total{destination="customerio",cause="transport_error"})"), "0");
    EXPECT_EQ(value(status, R"(pintle_events_received_total{source="web",type="track"})"), "0");
}

TEST(Metrics, TellOfAReloadThatWasRejectedAndWhenTheConfigurationInForceWasLoaded) {
    auto status = quiet();
    status.configuration.loaded = WallTime{1'700'000'000'500ms};
    EXPECT_EQ(value(status, "pintle_config_last_reload_successful"), "1");
    status.configuration.rejected = {status.configuration.loaded + 5s, "api", {"pintle.yaml:1: is no map"}};
    EXPECT_EQ(value(status, "pintle_config_last_reload_successful"), "0");
    EXPECT_EQ(value(status, "pintle_config_last_reload_success_timestamp_seconds"), "1700000000.5");
    EXPECT_EQ(value(status, "pintle_config_pending_restart"), "0");
    status.configuration.pending_restart = {"listen", "journal.directory"};
    EXPECT_EQ(value(status, "pintle_config_pending_restart"), "2");
}

TEST(Metrics, AddUpTheSourcesOfADestination) {
    auto status = quiet();
    status.ingest.sources.push_back(source("app", "customerio"));
    status.ingest.sources.push_back(source("other", "elsewhere"));
    for (auto& each : status.ingest.sources) {
        each.destinations[0].accepted = 10;
        each.destinations[0].duplicate = 3;
        each.destinations[0].dead_lettered = {{Reason::event_name_missing, 2}};
    }
    EXPECT_EQ(value(status, R"(pintle_events_accepted_total{destination="customerio"})"), "24");
    EXPECT_EQ(value(status, R"(pintle_events_dropped_total{destination="customerio",reason="duplicate"})"), "6");
    EXPECT_EQ(value(status, R"(pintle_events_dead_lettered_total{destination="customerio",)"
                            R"(reason="event_name_missing"})"),
              "4");
}

TEST(Metrics, AddDeadLettersOfBatchesToThoseOfTheSameReasonLater) {
    auto status = quiet();
    status.ingest.sources[0].destinations[0].dead_lettered = {{Reason::unknown_event_type, 2}};
    status.destinations[0].dead_lettered = {{"unknown_event_type", 5}};
    EXPECT_EQ(
        value(status, R"(pintle_events_dead_lettered_total{destination="customerio",reason="unknown_event_type"})"),
        "7");
}

TEST(Metrics, NameStreamsWithoutADestinationOnlyWhileThereAreSome) {
    auto status = quiet();
    EXPECT_THAT(prometheus_text(status), Not(HasSubstr("pintle_orphaned_stream_events{")));
    status.orphaned_streams = {{"old", 12, 345, 3, 6.5}};
    EXPECT_EQ(value(status, R"(pintle_orphaned_stream_events{stream="old"})"), "12");
    EXPECT_EQ(value(status, R"(pintle_orphaned_stream_dead_letters{stream="old"})"), "3");
}

TEST(Metrics, SumTheLagOfATopicAndCountWhatWaits) {
    auto status = quiet();
    kafka_source::ReaderStatus source;
    source.source = "shop";
    source.records = 12;
    source.last_commit = WallTime{90s};
    source.partitions = {{"events", 0, 7, 3, {}},
                         {"events", 1, 9, 4, Reason::destination_full},
                         {"pages", 0, 1, 50, Reason::destination_full},
                         {"pages", 1, {}, {}, {}}};
    status.kafka_sources = {source};
    EXPECT_EQ(value(status, R"(pintle_kafka_source_records_total{source="shop"})"), "12");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_partitions{source="shop"})"), "4");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_lag_records{source="shop",topic="events"})"), "7");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_lag_records{source="shop",topic="pages"})"), "50");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_waiting_partitions{source="shop",reason="destination_full"})"), "2");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_waiting_partitions{source="shop",reason="journal_full"})"), "0");
    EXPECT_EQ(value(status, R"(pintle_kafka_source_last_commit_timestamp_seconds{source="shop"})"), "90");
}

TEST(Metrics, OfAClusterAreThereWithASharedJournalOnly) {
    auto status = quiet();
    EXPECT_THAT(prometheus_text(status), Not(HasSubstr("pintle_stream_owned")));
    status.cluster.emplace();
    status.cluster->nodes.resize(3);
    status.cluster->nodes[0].announcement.configuration = "one";
    status.cluster->nodes[1].announcement.configuration = "other";
    for (auto& node : status.cluster->nodes) node.last_seen = status.now;
    status.cluster->nodes[2].last_seen -= 6s;  // it is not heard any more
    status.cluster->waiting_bytes = 700;
    status.destinations[0].owned = true;
    EXPECT_EQ(value(status, R"(pintle_stream_owned{destination="customerio"})"), "1");
    EXPECT_EQ(value(status, "pintle_cluster_nodes"), "2");
    EXPECT_EQ(value(status, "pintle_cluster_configurations"), "2");
    EXPECT_EQ(value(status, "pintle_kafka_waiting_bytes"), "700");
}

TEST(Metrics, NameTheReasonOfAPause) {
    auto status = quiet();
    const auto paused = [&] {
        std::string values;
        for (const char* reason : {"operator", "credentials", "region_unknown"}) {
            values += value(
                status, R"(pintle_destination_paused{destination="customerio",reason=")" + std::string(reason) + "\"}");
        }
        return values;
    };
    EXPECT_EQ(paused(), "000");
    status.destinations[0].pauses = {{"operator", {}, {}}};
    EXPECT_EQ(paused(), "100");
    status.destinations[0].pauses = {{"operator", {}, {}}, {"credentials", {}, {}}};
    EXPECT_EQ(paused(), "110") << "one does not hide the other";
    status.destinations[0].pauses = {{"region_unknown", {}, {}}};
    EXPECT_EQ(paused(), "001");
}

TEST(Metrics, TheHelpOfAPauseNamesAllReasons) {
    const auto text = prometheus_text(quiet());
    const auto begin = text.find("# HELP pintle_destination_paused ");
    ASSERT_NE(begin, std::string::npos);
    const auto help = text.substr(begin, text.find('\n', begin) - begin);
    for (const auto reason : delivery::pause_reasons)
        EXPECT_THAT(help, HasSubstr("`" + std::string(delivery::code_of(reason)) + "`"));
}

TEST(Metrics, AHistogramsBucketsEachHoldAllBelow) {
    auto status = quiet();
    status.destinations[0].request_duration.counts = {1, 2, 4};
    status.destinations[0].request_duration.sum = 1500ms;
    const auto bucket = [&](const std::string& bound) {
        return value(
            status, R"(pintle_delivery_request_duration_seconds_bucket{destination="customerio",le=")" + bound + "\"}");
    };
    EXPECT_EQ(bucket("0.005"), "1");
    EXPECT_EQ(bucket("1"), "3");
    EXPECT_EQ(bucket("+Inf"), "7");
    EXPECT_EQ(value(status, R"(pintle_delivery_request_duration_seconds_count{destination="customerio"})"), "7");
    EXPECT_EQ(value(status, R"(pintle_delivery_request_duration_seconds_sum{destination="customerio"})"), "1.5");
}

TEST(Metrics, LargeCountsKeepTheirLastDigit) {
    auto status = quiet();
    status.destinations[0].delivered = 9'007'199'254'740'991;
    EXPECT_EQ(value(status, R"(pintle_events_delivered_total{destination="customerio"})"), "9007199254740991");
}

TEST(Metrics, LeaveOutTheBacklogThatTheDiskDoesNotTell) {
    auto status = quiet();
    status.destinations[0].ledger.backlog = 3;
    status.destinations[0].usage.bytes = 300;
    status.destinations[0].oldest_age = 1.5;
    EXPECT_THAT(prometheus_text(status),
                AllOf(HasSubstr(R"(pintle_backlog_bytes{destination="customerio"} 300)"),
                      HasSubstr(R"(pintle_backlog_oldest_age_seconds{destination="customerio"} 1.5)")));
    status.destinations[0].oldest_age.reset();
    EXPECT_THAT(prometheus_text(status), AllOf(Not(HasSubstr("pintle_backlog_bytes{")),
                                               HasSubstr(R"(pintle_backlog_events{destination="customerio"} 3)")));
}

TEST(Metrics, CountTheUseOfEachWriteKey) {
    auto status = quiet();
    status.ingest.sources[0].keys = {{7, WallTime{1'700'000'000s}}, {}};
    EXPECT_EQ(value(status, R"(pintle_source_key_requests_total{source="web",key="1"})"), "7");
    EXPECT_EQ(value(status, R"(pintle_source_key_last_used_timestamp_seconds{source="web",key="1"})"), "1700000000");
    EXPECT_EQ(value(status, R"(pintle_source_key_requests_total{source="web",key="2"})"), "0");
    EXPECT_EQ(value(status, R"(pintle_source_key_last_used_timestamp_seconds{source="web",key="2"})"), "0");
}

TEST(Metrics, HaveTheEndOfTheCertificateWhereThereIsOne) {
    auto status = quiet();
    EXPECT_THAT(prometheus_text(status), Not(HasSubstr("certificate")));
    status.certificate_expires = WallTime{1'800'000'000s};
    EXPECT_EQ(value(status, "pintle_ingest_tls_certificate_expiry_timestamp_seconds"), "1800000000");
}

TEST(Metrics, AreNotBrokenByNames) {
    auto status = quiet();
    status.ingest.sources[0].source = "a\"b\\c\nd";
    EXPECT_EQ(value(status, R"(pintle_events_received_total{source="a\"b\\c\nd",type="page"})"), "0");
}

// The labels with which a family has samples, as `{...}`.
std::set<std::string> labels_of(const admin::Status& status, const std::string& family) {
    std::set<std::string> labels;
    std::istringstream lines(prometheus_text(status));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(family + "{")) labels.insert(line.substr(family.size(), line.rfind(' ') - family.size()));
    }
    return labels;
}

TEST(Metrics, HaveEachFamilyOnceWithItsType) {
    std::set<std::string> types;
    std::istringstream lines(prometheus_text(quiet()));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("# TYPE ")) continue;
        EXPECT_TRUE(types.insert(line.substr(7)).second) << line;
    }
    EXPECT_THAT(
        types,
        testing::ElementsAre(
            "pintle_backlog_bytes gauge", "pintle_backlog_events gauge", "pintle_backlog_max_bytes gauge",
            "pintle_backlog_oldest_age_seconds gauge", "pintle_build_info gauge", "pintle_circuit_breaker_open gauge",
            "pintle_config_last_reload_success_timestamp_seconds gauge", "pintle_config_last_reload_successful gauge",
            "pintle_config_pending_restart gauge", "pintle_connections gauge", "pintle_dead_letters gauge",
            "pintle_delivery_latency_seconds histogram", "pintle_delivery_request_duration_seconds histogram",
            "pintle_delivery_requests_in_flight gauge", "pintle_delivery_retries_total counter",
            "pintle_destination_full gauge", "pintle_destination_paused gauge", "pintle_events_accepted_total counter",
            "pintle_events_dead_lettered_total counter", "pintle_events_delivered_total counter",
            "pintle_events_dropped_total counter", "pintle_events_received_total counter",
            "pintle_events_rejected_total counter", "pintle_ingest_request_duration_seconds histogram",
            "pintle_journal_bytes gauge", "pintle_journal_commit_duration_seconds histogram",
            "pintle_journal_free_bytes gauge", "pintle_journal_max_bytes gauge",
            "pintle_kafka_source_bytes_total counter", "pintle_kafka_source_errors_total counter",
            "pintle_kafka_source_lag_records gauge", "pintle_kafka_source_last_commit_timestamp_seconds gauge",
            "pintle_kafka_source_partitions gauge", "pintle_kafka_source_records_total counter",
            "pintle_kafka_source_waiting_partitions gauge", "pintle_ledger_accepted_events gauge",
            "pintle_ledger_dead_lettered_events gauge", "pintle_ledger_delivered_events gauge",
            "pintle_ledger_duplicate_events gauge", "pintle_ledger_evicted_letters gauge",
            "pintle_ledger_lost_events gauge", "pintle_ledger_purged_letters gauge",
            "pintle_ledger_replayed_events gauge", "pintle_ledger_replayed_out_letters gauge",
            "pintle_orphaned_stream_dead_letters gauge", "pintle_orphaned_stream_events gauge", "pintle_ready gauge",
            "pintle_source_key_last_used_timestamp_seconds gauge", "pintle_source_key_requests_total counter",

            "pintle_telemetry_batches_total counter", "pintle_telemetry_spans_dropped_total counter",
            "process_cpu_seconds_total counter", "process_max_fds gauge", "process_open_fds gauge",
            "process_resident_memory_bytes gauge", "process_start_time_seconds gauge"));
}

TEST(Metrics, HaveEachReasonThatCanOccurFromTheStart) {
    const delivery::WorkerCounts counts;
    config::Destination destination;
    destination.name = "customerio";
    auto status = quiet();
    status.destinations = {destination_status(destination, {}, counts, {})};
    const auto label = [](const char* name, Reason reason) {
        return R"({destination="customerio",)" + std::string(name) + "=\"" + std::string(code(reason)) + "\"}";
    };
    std::set<std::string> causes;
    std::set<std::string> reasons;
    const auto possible = delivery::possible_dead_letters({});
    for (std::size_t i = 0; i < reason_count; ++i) {
        if (delivery::possible_retry_causes().test(i)) causes.insert(label("cause", static_cast<Reason>(i)));
        if (possible.test(i)) reasons.insert(label("reason", static_cast<Reason>(i)));
    }
    EXPECT_GT(causes.size(), 5);
    EXPECT_GT(reasons.size(), 5);
    EXPECT_EQ(labels_of(status, "pintle_delivery_retries_total"), causes);
    EXPECT_EQ(labels_of(status, "pintle_events_dead_lettered_total"), reasons);
    EXPECT_EQ(labels_of(status, "pintle_destination_paused").size(), delivery::pause_reasons.size());
    EXPECT_EQ(labels_of(status, "pintle_events_dropped_total").size(), 4);
}

TEST(Metrics, HaveTheReasonsOfSemanticEventsWhereTheseAreConfigured) {
    const delivery::WorkerCounts counts;
    config::Destination destination;
    destination.name = "customerio";
    const auto has = [&](Reason reason) {
        auto status = quiet();
        status.destinations = {destination_status(destination, {}, counts, {})};
        return labels_of(status, "pintle_events_dead_lettered_total")
            .contains(R"({destination="customerio",reason=")" + std::string(code(reason)) + "\"}");
    };
    EXPECT_FALSE(has(Reason::user_deleted_person_missing));
    EXPECT_FALSE(has(Reason::object_id_missing));
    destination.mapping.semantic_events.set(static_cast<std::size_t>(customerio::SemanticEvent::object_deleted));
    EXPECT_FALSE(has(Reason::user_deleted_person_missing));
    EXPECT_TRUE(has(Reason::object_id_missing));
    EXPECT_TRUE(has(Reason::event_name_missing));
}

TEST(Metrics, NameTheSourceOfARejectionWhereItIsKnown) {
    auto status = quiet();
    status.ingest.sources[0].rejected = {{Reason::invalid_json, 2}};
    status.ingest.rejected = {{Reason::invalid_write_key, 3}};
    EXPECT_EQ(value(status, R"(pintle_events_rejected_total{source="web",reason="invalid_json"})"), "2");
    EXPECT_EQ(value(status, R"(pintle_events_rejected_total{source="",reason="invalid_write_key"})"), "3");
}

TEST(Metrics, ReadyIsWhetherEventsAreAccepted) {
    auto status = quiet();
    EXPECT_EQ(value(status, "pintle_ready"), "1");
    status.not_ready = {"journal_full", "the journal accepts no events: it is full"};
    EXPECT_EQ(value(status, "pintle_ready"), "0");
}

TEST(Metrics, TheLedgerAddsUp) {
    auto status = quiet();
    auto& ledger = status.destinations[0].ledger;
    ledger.accepted = 100;
    ledger.replayed = 3;
    ledger.delivered = 60;
    ledger.dead_lettered = 20;
    ledger.lost = 1;
    ledger.backlog = 22;
    ledger.retained = 10;
    ledger.replayed_out = 3;
    ledger.purged = 5;
    ledger.evicted = 2;
    const auto of = [&](const std::string& name) { return value(status, name + R"({destination="customerio"})"); };
    EXPECT_EQ(of("pintle_ledger_accepted_events"), "100");
    EXPECT_EQ(of("pintle_ledger_replayed_events"), "3");
    EXPECT_EQ(of("pintle_ledger_delivered_events"), "60");
    EXPECT_EQ(of("pintle_ledger_dead_lettered_events"), "20");
    EXPECT_EQ(of("pintle_ledger_lost_events"), "1");
    EXPECT_EQ(of("pintle_backlog_events"), "22");
    EXPECT_EQ(of("pintle_dead_letters"), "10");
    EXPECT_EQ(of("pintle_ledger_replayed_out_letters"), "3");
    EXPECT_EQ(of("pintle_ledger_purged_letters"), "5");
    EXPECT_EQ(of("pintle_ledger_evicted_letters"), "2");
}

TEST(Metrics, TheBacklogDoesNotCountRequestsInFlightTwice) {
    auto status = quiet();
    status.destinations[0].ledger.backlog = 7;
    status.destinations[0].in_flight = 3;
    EXPECT_EQ(value(status, R"(pintle_backlog_events{destination="customerio"})"), "7");
    EXPECT_EQ(value(status, R"(pintle_delivery_requests_in_flight{destination="customerio"})"), "3");
}

TEST(Metrics, ConnectionsOfAllDestinationsAreOneSum) {
    auto status = quiet();
    status.connections = 4;
    status.destinations[0].connections = 2;
    status.destinations.push_back(status.destinations[0]);
    EXPECT_EQ(value(status, R"(pintle_connections{side="ingest"})"), "4");
    EXPECT_EQ(value(status, R"(pintle_connections{side="delivery"})"), "4");
}

}  // namespace
}  // namespace pintle::daemon
