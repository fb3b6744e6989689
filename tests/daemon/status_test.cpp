#include "status.hpp"

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

using namespace std::chrono_literals;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

config::Destination configured() {
    config::Destination destination;
    destination.name = "customerio";
    destination.rate = 7;
    return destination;
}

TEST(DestinationStatus, TheHostIsTheOneThatIsDeliveredTo) {
    const delivery::WorkerCounts counts;
    delivery::WorkerStatus worker;
    worker.host = "track-eu.customer.io";  // after a redirect, or of the account's region
    EXPECT_EQ(destination_status(configured(), worker, counts, {}).host, "track-eu.customer.io");
}

TEST(DestinationStatus, TheBacklogContainsTheRequestsInFlight) {
    delivery::WorkerCounts counts;
    counts.requests_in_flight = 5;
    StreamStatus stream;
    stream.ledger.backlog = 20;
    const auto status = destination_status(configured(), {}, counts, stream);
    EXPECT_EQ(status.ledger.backlog, 20);
    EXPECT_EQ(status.in_flight, 5);
}

TEST(DestinationStatus, HasTheAgeOfTheOldestRequestInFlight) {
    delivery::WorkerStatus worker;
    EXPECT_EQ(destination_status(configured(), worker, {}, {}).oldest_request_age, std::nullopt);
    worker.oldest_request_age = 1500ms;
    EXPECT_EQ(destination_status(configured(), worker, {}, {}).oldest_request_age, 1.5);
}

TEST(DestinationStatus, CountsHaveEachPossibleReason) {
    delivery::WorkerCounts counts;
    counts.retries.add(Reason::rate_limited, 3);
    counts.dead_lettered.add(Reason::rejected_400, 2);
    const auto status = destination_status(configured(), {}, counts, {});
    EXPECT_EQ(status.retries.at("rate_limited"), 3);
    EXPECT_EQ(status.retries.at("transport_error"), 0);
    EXPECT_EQ(status.dead_lettered.at("rejected_400"), 2);
    EXPECT_EQ(status.dead_lettered.at("too_old"), 0);
    EXPECT_EQ(admin::sum(status.retries), 3);
}

TEST(DestinationStatus, APauseHasItsReasonAsACode) {
    const delivery::WorkerCounts counts;
    delivery::WorkerStatus worker;
    worker.pauses = {{delivery::PauseReason::by_operator, WallTime{2s}, "maintenance", "ada"},
                     {delivery::PauseReason::credentials, WallTime{1s}, "401"}};
    EXPECT_THAT(destination_status(configured(), worker, counts, {}).pauses,
                ElementsAre(admin::PauseStatus{"operator", WallTime{2s}, "maintenance", "ada"},
                            admin::PauseStatus{"credentials", WallTime{1s}, "401"}));
    EXPECT_EQ(destination_status(configured(), {}, counts, {}).paused(), std::nullopt);
}

// Of the node that does not deliver, `customerio` being delivered by another one.
admin::Status of_another_node(std::vector<journal::DeliveryReport> reports) {
    admin::Status status;
    status.destinations.emplace_back().name = "customerio";
    auto& cluster = status.cluster.emplace();
    cluster.streams = {{"customerio", "owner", 1, {}}};
    cluster.nodes.resize(2);
    cluster.nodes[0].name = "other";
    cluster.nodes[0].is_this = true;
    cluster.nodes[1].name = "owner";
    cluster.nodes[1].announcement.deliveries = std::move(reports);
    return status;
}

TEST(DestinationStatus, ShowsACircuitBreakerOnlyWhileSomethingIsPending) {
    delivery::WorkerStatus worker;
    worker.circuit_breaker = delivery::OpenCircuitBreaker{WallTime{5s}, "503 Service Unavailable"};
    const delivery::WorkerCounts counts;
    StreamStatus stream;
    EXPECT_EQ(destination_status({}, worker, counts, stream).circuit_breaker, std::nullopt);
    stream.ledger.backlog = 1;
    EXPECT_EQ(destination_status({}, worker, counts, stream).circuit_breaker,
              (admin::CircuitBreakerStatus{WallTime{5s}, "503 Service Unavailable"}));
}

TEST(DeliveryReports, TellTheOtherNodesOfTheCircuitBreakerAndTheRetries) {
    admin::Status owner;
    auto& delivered = owner.destinations.emplace_back();
    delivered.name = "customerio";
    delivered.owned = true;
    delivered.retries = {{"server_error_503", 41}, {"transport_error", 0}};
    delivered.circuit_breaker = {WallTime{5s}, "503 Service Unavailable"};
    owner.destinations.emplace_back().name = "of-another-node";
    const auto reports = delivery_reports(owner);
    ASSERT_EQ(reports.size(), 1);
    auto other = of_another_node(reports);
    add_delivery_reports(other);
    EXPECT_EQ(other.destinations[0].circuit_breaker, delivered.circuit_breaker);
    EXPECT_EQ(other.destinations[0].shown_retries(), (admin::CountsByCode{{"server_error_503", 41}}));
    EXPECT_EQ(admin::sum(other.destinations[0].retries), 0) << "the metric is each node's own";
}

TEST(DeliveryReports, OfANodeThatIsNotTheOwnerDoNotCount) {
    auto status = of_another_node({{"customerio", {}, {{WallTime{5s}, "503"}}}});
    status.cluster->streams[0].owner = "";
    add_delivery_reports(status);
    EXPECT_EQ(status.destinations[0].circuit_breaker, std::nullopt);
    status.cluster->streams[0].owner = "owner";
    status.destinations[0].owned = true;
    add_delivery_reports(status);
    EXPECT_EQ(status.destinations[0].circuit_breaker, std::nullopt);
}

TEST(EventTotals, SumUpAllSources) {
    ingest::Counts counts;
    counts.rejected = {{Reason::invalid_write_key, 4}, {Reason::invalid_json, 1}};
    for (const std::uint64_t n : {1, 10}) {
        auto& source = counts.sources.emplace_back();
        source.received[0] = 20 * n;
        source.received[1] = n;
        auto& destination = source.destinations.emplace_back();
        destination.accepted = 10 * n;
        destination.dead_lettered = {{Reason::event_name_missing, n}};
        destination.duplicate = 2 * n;
        destination.integration_disabled = 3 * n;
        destination.consent_denied = 4 * n;
        destination.filtered = 5 * n;
        source.rejected = {{Reason::invalid_json, n}};
    }
    const auto totals = event_totals(counts);
    EXPECT_EQ(totals.received, 231);
    EXPECT_EQ(totals.accepted, 110);
    EXPECT_EQ(totals.dead_lettered, 11);
    EXPECT_EQ(totals.dropped(), 154);
    EXPECT_EQ(totals.rejected, 16) << "with the requests whose source is unknown";
    EXPECT_EQ(totals.rejected, admin::sum(totals.rejected_by_reason));
    EXPECT_THAT(totals.rejected_by_reason,
                UnorderedElementsAre(Pair("invalid_json", 12), Pair("invalid_write_key", 4)));
}

constexpr stats::Bounds bounds{100ms, 200ms};

// A daemon with one destination whose status is taken once a second.
class Rates : public testing::Test {
protected:
    Rates() {
        auto& destination = status.destinations.emplace_back();
        destination.name = "customerio";
        destination.request_duration.bounds = destination.delivery_latency.bounds = &bounds;
        status.journal.commits.bounds = &bounds;
    }

    void next_second() {
        window.add(status, now);
        now += 1s;
    }

    // The status as it is now, with its rates.
    admin::Status measured() const {
        auto copy = status;
        window.set_rates(copy, now);
        return copy;
    }

    void add_backlogs(std::initializer_list<std::uint64_t> backlogs) {
        for (const auto backlog : backlogs) {
            next_second();
            destination().ledger.backlog = backlog;
        }
    }

    admin::DestinationStatus& destination() { return status.destinations[0]; }
    admin::Figure time_to_drain() const { return measured().destinations[0].time_to_drain; }

    admin::Status status;
    RateWindow window;
    RateWindow::TimePoint now;
};

TEST_F(Rates, AreUnknownWithoutAnEarlierStatus) {
    EXPECT_EQ(measured().rates.received, std::nullopt);
    EXPECT_EQ(measured().destinations[0].rates.delivered, std::nullopt);
    window.add(status, now);
    now += RateWindow::min_elapsed - 1ms;
    EXPECT_EQ(measured().rates.received, std::nullopt) << "too short a time";
    now += 1ms;
    EXPECT_THAT(measured().rates.received, Optional(0));
}

TEST_F(Rates, AreChangesPerSecond) {
    next_second();
    now += 1s;
    status.events.received = 100;
    status.events.rejected = 20;
    status.events.duplicate = 6;
    status.process.cpu_seconds = 1;
    destination().ledger.accepted = 80;
    destination().delivered = 60;
    destination().ledger.backlog = 20;
    destination().retries = {{"rate_limited", 3}, {"transport_error", 1}};
    destination().dead_lettered = {{"rejected_400", 8}};
    const auto with_rates = measured();
    EXPECT_THAT(with_rates.rates.received, Optional(50));
    EXPECT_THAT(with_rates.rates.rejected, Optional(10));
    EXPECT_THAT(with_rates.rates.dropped, Optional(3));
    EXPECT_THAT(with_rates.rates.cpu, Optional(0.5));
    const auto& rates = with_rates.destinations[0].rates;
    EXPECT_THAT(rates.accepted, Optional(40));
    EXPECT_THAT(rates.delivered, Optional(30));
    EXPECT_THAT(rates.backlog, Optional(10));
    EXPECT_THAT(rates.retries, Optional(2));
    EXPECT_THAT(rates.dead_lettered, Optional(4));
}

TEST_F(Rates, QuantilesAreOfTheWindow) {
    destination().request_duration.counts = {1000, 0, 0};
    next_second();
    destination().request_duration.counts = {1000, 100, 0};
    status.journal.commits.counts = {10, 0, 0};
    const auto with_rates = measured();
    EXPECT_THAT(with_rates.destinations[0].rates.request_duration_p50, Optional(DoubleNear(0.15, 1e-9)));
    EXPECT_THAT(with_rates.destinations[0].rates.request_duration_p99, Optional(DoubleNear(0.199, 1e-9)));
    EXPECT_EQ(with_rates.destinations[0].rates.delivery_latency_p50, std::nullopt);
    EXPECT_THAT(with_rates.rates.commit_p99, Optional(DoubleNear(0.099, 1e-9)));
}

TEST_F(Rates, ForgetWhatIsOlderThanTheWindow) {
    status.events.received = 0;
    next_second();
    status.events.received = 1'000'000;
    for (int i = 0; i < 12; ++i) next_second();
    EXPECT_THAT(measured().rates.received, Optional(0));
}

TEST_F(Rates, OfADestinationThatIsNewAreUnknown) {
    next_second();
    status.destinations.push_back(destination());
    status.destinations[1].name = "new";
    const auto with_rates = measured();
    EXPECT_TRUE(with_rates.destinations[0].rates.delivered);
    EXPECT_FALSE(with_rates.destinations[1].rates.delivered);
}

TEST_F(Rates, TheTimeToDrainIsTheBacklogByTheRateAtWhichItShrinks) {
    destination().ledger.backlog = 100;
    EXPECT_EQ(time_to_drain(), std::nullopt) << "one status is no rate";
    add_backlogs({90, 80});
    EXPECT_THAT(time_to_drain(), Optional(8));
}

TEST_F(Rates, TheTimeToDrainOfAnEmptyBacklogIsZero) {
    EXPECT_THAT(time_to_drain(), Optional(0));
    add_backlogs({5, 0});
    EXPECT_THAT(time_to_drain(), Optional(0));
}

TEST_F(Rates, TheTimeToDrainOfABacklogThatDoesNotShrinkIsUnknown) {
    destination().ledger.backlog = 10;
    add_backlogs({10, 10});
    EXPECT_EQ(time_to_drain(), std::nullopt);
    add_backlogs({20});
    EXPECT_EQ(time_to_drain(), std::nullopt);
}

TEST_F(Rates, ABacklogAlsoDrainsByDeadLettersAndGrowsByReplays) {
    destination().ledger.backlog = 100;
    next_second();
    destination().dead_lettered = {{"rejected_400", 10}};
    destination().ledger.dead_lettered = 10;
    destination().ledger.backlog = 90;
    EXPECT_THAT(time_to_drain(), Optional(9)) << "nothing was delivered";
    next_second();
    destination().delivered = 100;
    destination().ledger.replayed = 150;
    destination().ledger.backlog = 140;
    EXPECT_EQ(time_to_drain(), std::nullopt) << "more was delivered than accepted, and it still grew";
    EXPECT_THAT(measured().destinations[0].rates.backlog, Optional(20));
}

}  // namespace
}  // namespace pintle::daemon
