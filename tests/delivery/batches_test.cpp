// Several records in one request.
#include <map>
#include <vector>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "scheduler.hpp"

namespace pintle::delivery {
namespace {

using customerio::DeliveryResult;
using customerio::Disposition;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Action = Step::Action;

using Request = std::vector<Offset>;

// A scheduler with batches, and its time.
class ABatch : public testing::Test {
protected:
    static Policy batches(std::size_t max_items, bool allow_same_person = false) {
        Policy policy;
        policy.max_items = max_items;
        policy.allow_same_person = allow_same_person;
        return policy;
    }
    void use(const Policy& its_policy) {
        policy = its_policy;
        scheduler = std::make_unique<Scheduler>(policy, 1);
    }
    void enqueue(Offset offset, OrderingKeys keys) { scheduler->enqueue({offset, keys}); }
    void enqueue_persons(Offset from, Offset to) {
        for (Offset p = from; p <= to; ++p) enqueue(p, {p, 0, 0});
    }
    // The records of the request that is sent now; empty if none is.
    Request sent() {
        const Step step = scheduler->next(now);
        return step.action == Action::send ? begun(step) : Request{};
    }
    std::vector<Resolution> response(const Request& request, const DeliveryResult& result,
                                     std::vector<Offset> dead = {}) {
        std::vector<Scheduler::Sent> items;
        for (const Offset p : request) items.push_back({p, {}, std::ranges::find(dead, p) != dead.end()});
        std::vector<Resolution> resolutions;
        scheduler->answered(ended(request), items, result, now, resolutions);
        return resolutions;
    }
    void bisect(const Request& request) { scheduler->bisect(ended(request), request, now); }
    Request sent_later() {
        for (Step step = scheduler->next(now);; step = scheduler->next(now)) {
            if (step.action == Action::send) return begun(step);
            if (step.action == Action::idle) return {};
            now = step.until;
        }
    }

    Request begun(const Step& step) {
        in_flight[step.offset] = step.request;
        return scheduler->build_batch(step.offset);
    }
    InFlight ended(const Request& request) { return in_flight.extract(request.front()).mapped(); }

    TimePoint now = start;
    Policy policy = batches(4);
    std::unique_ptr<Scheduler> scheduler = std::make_unique<Scheduler>(policy, 1);
    std::map<Offset, InFlight> in_flight;  // by their first record
};

TEST_F(ABatch, HoldsAsManyRecordsAsAllowedTheOldestFirst) {
    enqueue_persons(1, 6);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(sent(), ElementsAre(5, 6));
    EXPECT_EQ(scheduler->in_flight(), 2);
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ABatch, HoldsOneRecordOfAQueue) {
    for (Offset p = 1; p <= 4; ++p) enqueue(p, {7, 0, 0});
    enqueue(5, {8, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 5));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the first one blocks the queue's next one";
}

TEST_F(ABatch, IsSentAtOnceIfNoRecordIsBlocked) {
    enqueue_persons(1, 1);
    EXPECT_THAT(sent(), ElementsAre(1));
}

TEST_F(ABatch, LingersWhileRecordsAreBlockedUpToItsLimit) {
    enqueue(1, {7, 0, 0});
    ASSERT_THAT(sent(), ElementsAre(1));
    enqueue(2, {7, 0, 0});  // blocked
    enqueue(3, {8, 0, 0});
    const Step step = scheduler->next(now);
    EXPECT_EQ(step.action, Action::wait);
    EXPECT_EQ(step.until, now + policy.linger);
    now += policy.linger / 2;
    enqueue(4, {9, 0, 0});
    EXPECT_EQ(scheduler->next(now).until, start + policy.linger) << "counted from its first item";
    response({1}, delivered);
    now = start + policy.linger;
    EXPECT_THAT(sent(), ElementsAre(2, 3, 4));
}

TEST_F(ABatch, IsSentAtOnceWhenItIsFull) {
    enqueue(1, {7, 0, 0});
    ASSERT_THAT(sent(), ElementsAre(1));
    enqueue(2, {7, 0, 0});
    enqueue_persons(11, 13);
    ASSERT_EQ(scheduler->next(now).action, Action::wait);
    enqueue_persons(14, 14);
    EXPECT_THAT(sent(), ElementsAre(11, 12, 13, 14));
}

TEST_F(ABatch, CountsAsOneRequestForTheRateAndTheConnections) {
    policy = batches(100);
    policy.rate = 1;
    policy.connections = 2;
    use(policy);
    enqueue_persons(1, 100);
    EXPECT_THAT(sent(), SizeIs(100));
    enqueue_persons(101, 200);
    EXPECT_EQ(scheduler->next(now).until, now + seconds{1});
    now += seconds{1};
    EXPECT_THAT(sent(), SizeIs(100));
    EXPECT_EQ(scheduler->in_flight(), 2);
    enqueue_persons(201, 201);
    now += seconds{1};
    EXPECT_EQ(scheduler->next(now).action, Action::idle) << "both connections are taken";
}

TEST_F(ABatch, ThatIsDeliveredRemovesAllItsRecords) {
    enqueue_persons(1, 3);
    EXPECT_THAT(response(sent(), delivered),
                ElementsAre(Resolution::delivered, Resolution::delivered, Resolution::delivered));
    EXPECT_EQ(scheduler->size(), 0);
    EXPECT_EQ(scheduler->in_flight(), 0);
}

TEST_F(ABatch, DeadLettersTheRejectedItemsAndUnblocksTheirQueues) {
    enqueue_persons(1, 3);
    const Request request = sent();
    enqueue(4, {2, 0, 0});
    EXPECT_THAT(response(request, delivered, {2}),
                ElementsAre(Resolution::delivered, Resolution::dead_letter, Resolution::delivered));
    EXPECT_THAT(sent(), ElementsAre(4));
}

TEST_F(ABatch, ThatFailsIsRetriedInHalves) {
    enqueue_persons(1, 4);
    EXPECT_THAT(response(sent(), unavailable), Each(Resolution::retry));
    EXPECT_THAT(sent_later(), ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), ElementsAre(3, 4));
    EXPECT_EQ(scheduler->attempts(3), 1);
}

TEST_F(ABatch, ThatIsThrottledIsRetriedTogether) {
    enqueue_persons(1, 4);
    DeliveryResult throttled = unavailable;
    throttled.throttled = true;
    response(sent(), throttled);
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ABatch, WithAPoisonedRecordDelaysItsOwnRecordsForSecondsAndNoOthers) {
    use(batches(1'000));
    enqueue_persons(1, 1'000);
    constexpr Offset poisoned = 617;
    for (Offset next = 1'001; scheduler->size() > 1; ++next) {
        enqueue_persons(next, next);
        const Request request = sent_later();
        ASSERT_FALSE(request.empty());
        const bool fails = std::ranges::find(request, poisoned) != request.end();
        response(request, fails ? unavailable : delivered);
    }
    EXPECT_LE(now - start, seconds{12});
    EXPECT_FALSE(scheduler->circuit_breaker_open());
}

TEST_F(ABatch, GrowsAgainAfterATimeInWhichMostFailed) {
    use(batches(1'000));
    enqueue_persons(1, 100'000);
    std::size_t size = 0;
    for (int failures = 0; failures < 5'000; ++failures) {
        const Request request = sent_later();
        response(request, failures % 15 == 14 ? delivered : unavailable);
        if (failures >= 4'000) size += request.size();
    }
    ASSERT_GT(scheduler->size(), 50'000);
    const std::size_t at_that_size = scheduler->size() * 1'000 / size;
    std::size_t requests = 0;
    for (Request request = sent_later(); !request.empty(); request = sent_later()) {
        response(request, delivered);
        ++requests;
    }
    EXPECT_EQ(scheduler->size(), 0);
    EXPECT_LT(requests, at_that_size / 2);
}

TEST_F(ABatch, WithAnUnauthorizedRecordPausesTheDestinationUntilOthersAreDelivered) {
    enqueue_persons(1, 12);
    const Request first = sent();
    response(first, unauthorized);
    EXPECT_FALSE(scheduler->pause_message()) << "it is one request";
    response(sent(), delivered);
    for (int requests = 0; scheduler->size() > 1; ++requests) {
        ASSERT_LT(requests, 20);
        const Request request = sent_later();
        response(request, std::ranges::find(request, 2) != request.end() ? unauthorized : delivered);
        EXPECT_FALSE(scheduler->pause_message());
    }
}

TEST_F(ABatch, ThatFailsIsOneFailureForTheCircuitBreaker) {
    policy = batches(100);
    use(policy);
    enqueue_persons(1, 100);
    response(sent(), unavailable);
    EXPECT_FALSE(scheduler->circuit_breaker_open());
    for (Offset from = 101; from <= 1901; from += 100) {
        enqueue_persons(from, from + 99);
        response(sent(), unavailable);
    }
    EXPECT_TRUE(scheduler->circuit_breaker_open());
}

TEST_F(ABatch, ThatIsUnauthorizedPausesTheDestinationAndIsProbedWithOneRecord) {
    enqueue_persons(1, 3);
    response(sent(), unauthorized);
    EXPECT_TRUE(scheduler->pause_message()) << "there are no other records";
    now += policy.probe_interval;
    const Request probe = sent();
    EXPECT_THAT(probe, SizeIs(1));
    EXPECT_THAT(sent(), IsEmpty());
    response(probe, delivered);
    EXPECT_FALSE(scheduler->pause_message());
    EXPECT_THAT(sent(), SizeIs(2));
}

TEST_F(ABatch, ThatIsRejectedIsBisectedUntilTheRejectedRecordIsAlone) {
    use(batches(8));
    enqueue_persons(1, 8);
    constexpr Offset guilty = 6;
    std::vector<Request> requests;
    Request last;
    std::size_t delivered_records = 0;
    for (Request request = sent_later(); !request.empty(); request = sent_later()) {
        requests.push_back(request);
        const bool bad = std::ranges::find(request, guilty) != request.end();
        if (!bad) {
            delivered_records += request.size();
            response(request, delivered);
        } else if (request.size() > 1) {
            bisect(request);
        } else {
            EXPECT_THAT(response(request, result(Disposition::rejected, "400")), ElementsAre(Resolution::dead_letter));
        }
    }
    EXPECT_EQ(delivered_records, 7);
    EXPECT_THAT(requests, ElementsAre(SizeIs(8), ElementsAre(1, 2, 3, 4), ElementsAre(5, 6, 7, 8), ElementsAre(5, 6),
                                      ElementsAre(5), ElementsAre(6), ElementsAre(7, 8)));
    EXPECT_EQ(scheduler->size(), 0);
}

TEST_F(ABatch, ThatIsBisectedTakesInNoOtherRecords) {
    enqueue_persons(1, 4);
    bisect(sent());
    enqueue_persons(5, 8);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    EXPECT_THAT(sent(), ElementsAre(3, 4));
    EXPECT_THAT(sent(), ElementsAre(5, 6, 7, 8));
}

TEST_F(ABatch, ThatIsBisectedCountsAsNoAttemptAndShowsThatTheDestinationWorks) {
    enqueue_persons(1, 4);
    bisect(sent());
    EXPECT_EQ(scheduler->attempts(1), 0);
    EXPECT_EQ(scheduler->in_flight(), 0);
}

TEST_F(ABatch, ExcludesARecordWithoutRoomAndNamesItAgain) {
    enqueue_persons(1, 4);
    const Request request = sent();
    scheduler->exclude(3);
    scheduler->exclude(4);
    EXPECT_THAT(sent(), ElementsAre(3, 4));
    EXPECT_EQ(scheduler->in_flight(), 2);
}

TEST_F(ABatch, ExcludesAnUnbatchableRecordAndThenNamesItAlone) {
    enqueue_persons(1, 4);
    ASSERT_THAT(sent(), SizeIs(4));
    scheduler->exclude(2, true);
    enqueue_persons(5, 6);
    EXPECT_THAT(sent(), ElementsAre(2));
    EXPECT_THAT(sent(), ElementsAre(5, 6));
}

TEST_F(ABatch, WithoutRecordsIsCancelledAndCostsNoToken) {
    policy.rate = 1;
    use(policy);
    enqueue_persons(1, 1);
    enqueue(2, {1, 0, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1));
    scheduler->discard(1);
    scheduler->cancel(ended({1}));
    EXPECT_EQ(scheduler->in_flight(), 0);
    EXPECT_THAT(sent(), ElementsAre(2));
}

TEST_F(ABatch, ThatWasNotSentIsAsIfItHadNotBegun) {
    enqueue_persons(1, 3);
    const Request request = sent();
    scheduler->requeue(ended(request), request);
    EXPECT_EQ(scheduler->in_flight(), 0);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
}

// Several records of a queue in one batch.
class ABatchOfQueues : public ABatch {
protected:
    ABatchOfQueues() { use(batches(4, true)); }
};

TEST_F(ABatchOfQueues, HoldsAQueuesRecordsInTheirOrder) {
    for (Offset p = 1; p <= 5; ++p) enqueue(p, {7, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
    EXPECT_TRUE(scheduler->is_blocked_by_previous(2));
    EXPECT_FALSE(scheduler->is_blocked_by_previous(1));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the first batch blocks the queue's next one";
}

TEST_F(ABatchOfQueues, MixesQueuesByOffset) {
    enqueue(1, {7, 0, 0});
    enqueue(2, {8, 0, 0});
    enqueue(3, {7, 0, 0});
    enqueue(4, {8, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ABatchOfQueues, TakesInARecordOfTwoQueuesOnlyBehindBoth) {
    enqueue(1, {0, 100, 0});
    enqueue(2, {7, 0, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1, 2));
    enqueue(3, {7, 100, 0});
    DeliveryResult throttled = unavailable;
    throttled.throttled = true;
    EXPECT_THAT(response({1, 2}, throttled), Each(Resolution::retry));
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3));
}

TEST_F(ABatchOfQueues, LeavesOutARecordThatAnotherRequestBlocks) {
    use(batches(1, true));
    enqueue(1, {0, 100, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1));
    enqueue(2, {7, 0, 0});
    enqueue(3, {7, 100, 0});
    EXPECT_THAT(sent_later(), ElementsAre(2)) << "1, which another request carries, blocks 3";
}

TEST_F(ABatchOfQueues, ThatFailsKeepsItsOrder) {
    for (Offset p = 1; p <= 3; ++p) enqueue(p, {7, 0, 0});
    const Request request = sent_later();
    EXPECT_THAT(response(request, unavailable), Each(Resolution::retry));
    const Request half = sent_later();
    EXPECT_THAT(half, ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the rest is blocked";
    EXPECT_THAT(response(half, delivered), Each(Resolution::delivered));
    const Request rest = sent_later();
    EXPECT_THAT(rest, ElementsAre(3));
    EXPECT_EQ(scheduler->attempts(3), 1);
    response(rest, delivered);
    EXPECT_EQ(scheduler->size(), 0);
}

TEST_F(ABatchOfQueues, ThatIsBisectedSendsTheQueuesFirstHalfFirst) {
    for (Offset p = 1; p <= 4; ++p) enqueue(p, {7, 0, 0});
    bisect(sent_later());
    const Request first = sent_later();
    EXPECT_THAT(first, ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), IsEmpty());
    response(first, delivered);
    EXPECT_THAT(sent_later(), ElementsAre(3, 4));
}

TEST_F(ABatchOfQueues, ThatIsUnauthorizedIsProbedWithTheQueuesFirstRecord) {
    for (Offset p = 1; p <= 3; ++p) enqueue(p, {7, 0, 0});
    response(sent_later(), unauthorized);
    now += policy.probe_interval;
    EXPECT_THAT(sent(), ElementsAre(1));
}

TEST_F(ABatchOfQueues, AnExcludedRecordIsBlockedByItsPredecessor) {
    for (Offset p = 1; p <= 3; ++p) enqueue(p, {7, 0, 0});
    ASSERT_THAT(sent_later(), SizeIs(3));
    scheduler->exclude(2);
    scheduler->exclude(3);
    EXPECT_THAT(sent_later(), IsEmpty());
    response({1}, delivered);
    EXPECT_THAT(sent_later(), ElementsAre(2, 3));
}

TEST_F(ABatchOfQueues, ARejectedItemDoesNotBlockItsFollowers) {
    for (Offset p = 1; p <= 4; ++p) enqueue(p, {7, 0, 0});
    EXPECT_THAT(response(sent_later(), delivered, {1, 3}), ElementsAre(Resolution::dead_letter, Resolution::delivered,
                                                                       Resolution::dead_letter, Resolution::delivered));
    EXPECT_EQ(scheduler->size(), 0);
}

}  // namespace
}  // namespace pintle::delivery
