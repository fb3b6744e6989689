#include "scheduler.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gmock/gmock.h>

#include "fixtures.hpp"

namespace pintle::delivery {
namespace {

using customerio::DeliveryResult;
using customerio::Disposition;
using Action = Step::Action;

const DeliveryResult dead = result(Disposition::rejected, "400 Bad Request");

// A scheduler and its time.
class AScheduler : public testing::Test {
protected:
    void enqueue(Offset offset, std::uint64_t person) { scheduler.enqueue({offset, {person, 0, 0}}); }
    // Offsets `from` to `to`, each of another person.
    void enqueue_persons(Offset from, Offset to) {
        for (Offset p = from; p <= to; ++p) enqueue(p, p);
    }
    Step next() {
        const Step step = scheduler.next(now);
        if (step.action == Action::send) in_flight[step.offset] = step.request;
        return step;
    }
    InFlight ended(Offset offset) { return in_flight.extract(offset).mapped(); }
    // The record that is sent now; 0 if none is.
    Offset sent() {
        const Step step = next();
        return step.action == Action::send ? step.offset : 0;
    }
    Resolution response(Offset offset, const DeliveryResult& result, Duration age = {}) {
        return scheduler.answered({Action::send, offset, {}, ended(offset)}, result, age, now);
    }
    // Lets time pass until a record is sent.
    Offset sent_later() {
        Step step = next();
        for (; step.action == Action::wait; step = next()) now = step.until;
        return step.action == Action::send ? step.offset : 0;
    }
    void use(const Policy& its_policy) { scheduler.reconfigure(its_policy, now); }
    // Enqueues records of these persons only, all of which are unauthorized.
    void pause_by(Offset from, Offset to) {
        enqueue_persons(from, to);
        for (Offset p = from; p <= to; ++p) {
            ASSERT_EQ(sent(), p);
            response(p, unauthorized);
        }
        ASSERT_TRUE(scheduler.pause_message());
    }
    // `count` new persons' records fail, the first of them at `from`.
    void fail(Offset from, Offset count) {
        enqueue_persons(from, from + count - 1);
        for (Offset p = from; p < from + count; ++p) {
            ASSERT_EQ(sent(), p);
            ASSERT_EQ(response(p, unavailable), Resolution::retry);
        }
    }

    TimePoint now = start;
    Policy policy;
    Scheduler scheduler{policy, 1};
    std::map<Offset, InFlight> in_flight;
};

TEST_F(AScheduler, HasNothingToDoWhenEmpty) {
    EXPECT_EQ(next().action, Action::idle);
}

TEST_F(AScheduler, SendsTheOldestFirst) {
    enqueue_persons(1, 3);
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(sent(), 3);
    EXPECT_EQ(next().action, Action::idle);
    EXPECT_EQ(scheduler.in_flight(), 3);
}

TEST_F(AScheduler, RemovesADeliveredRecord) {
    enqueue(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, delivered), Resolution::delivered);
    EXPECT_EQ(scheduler.size(), 0);
    EXPECT_EQ(scheduler.in_flight(), 0);
}

TEST_F(AScheduler, KeepsAQueueInOrder) {
    enqueue(1, 7);
    enqueue(2, 7);
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(next().action, Action::idle);
    response(1, delivered);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, ADeadLetterUnblocksItsQueue) {
    enqueue(1, 7);
    enqueue(2, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, dead), Resolution::dead_letter);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, ADiscardedRecordUnblocksItsQueue) {
    enqueue(1, 7);
    enqueue(2, 7);
    ASSERT_EQ(sent(), 1);
    scheduler.discard(1);
    scheduler.cancel(ended(1));
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(scheduler.size(), 1);
}

TEST_F(AScheduler, ARetryKeepsItsPlaceAndOthersGoOn) {
    enqueue(1, 7);
    enqueue(2, 7);
    enqueue(3, 8);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unavailable), Resolution::retry);
    EXPECT_EQ(sent(), 3);
    response(3, delivered);
    EXPECT_EQ(sent_later(), 1);
    EXPECT_LE(now, start + policy.initial_backoff);
    response(1, delivered);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, RetryAfterIsObeyed) {
    enqueue(1, 7);
    ASSERT_EQ(sent(), 1);
    DeliveryResult busy = unavailable;
    busy.retry_after = seconds{17};
    response(1, busy);
    EXPECT_EQ(next().action, Action::wait);
    EXPECT_EQ(next().until, now + seconds{17});
}

TEST_F(AScheduler, CountsAttempts) {
    enqueue(1, 7);
    EXPECT_EQ(scheduler.attempts(1), 0);
    for (std::uint32_t i = 1; i <= 5; ++i) {
        ASSERT_EQ(sent_later(), 1);
        response(1, unavailable);
        EXPECT_EQ(scheduler.attempts(1), i);
    }
}

TEST_F(AScheduler, ARecordThatFailsWhenItIsTooOldIsADeadLetter) {
    enqueue(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unavailable, policy.max_age), Resolution::retry);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_EQ(response(1, unavailable, policy.max_age + milliseconds{1}), Resolution::dead_letter);
    EXPECT_EQ(scheduler.size(), 0);
}

TEST_F(AScheduler, ARecordThatWaitedUntilItIsTooOldIsRetriedIfItsFirstAttemptFails) {
    enqueue(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unavailable, policy.max_age * 2), Resolution::retry);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_EQ(response(1, unavailable, policy.max_age * 2), Resolution::dead_letter);
}

TEST_F(AScheduler, OfAnOutageThatLastsLongerThanTheMaximumAgeOnlyProbesThatFailAgainAreDeadLettered) {
    enqueue_persons(1, 100);
    std::set<Offset> tried;
    for (int request = 0; request < 120; ++request) {
        const Offset seen = sent_later();
        ASSERT_NE(seen, 0);
        const bool is_again = !tried.insert(seen).second;
        EXPECT_EQ(response(seen, unavailable, policy.max_age * 2),
                  is_again ? Resolution::dead_letter : Resolution::retry);
    }
    EXPECT_TRUE(scheduler.circuit_breaker_open());
    EXPECT_EQ(tried.size(), 100) << "those that were never tried are the first probes";
    EXPECT_EQ(scheduler.size(), 80) << "all others wait for its end, whatever their age";
}

TEST_F(AScheduler, SendsNoMoreAtOnceThanThereAreConnections) {
    policy.connections = 2;
    Scheduler small(policy, 1);
    for (Offset p = 1; p <= 3; ++p) small.enqueue({p, {}});
    EXPECT_EQ(small.next(now).action, Action::send);
    const Step second = small.next(now);
    EXPECT_EQ(second.action, Action::send);
    EXPECT_EQ(small.next(now).action, Action::idle);
    small.answered(second, delivered, {}, now);
    EXPECT_EQ(small.next(now).offset, 3);
}

TEST_F(AScheduler, KeepsToTheRate) {
    policy.rate = 2;
    Scheduler slow(policy, 1);
    for (Offset p = 1; p <= 2; ++p) slow.enqueue({p, {}});
    EXPECT_EQ(slow.next(now).offset, 1);
    const Step step = slow.next(now);
    EXPECT_EQ(step.action, Action::wait);
    EXPECT_NEAR(std::chrono::duration<double>(step.until - now).count(), 0.5, 0.001);
    EXPECT_EQ(slow.next(step.until).offset, 2);
}

TEST_F(AScheduler, A429HalvesTheRate) {
    policy.rate = 2;
    Scheduler slow(policy, 1);
    for (Offset p = 1; p <= 2; ++p) slow.enqueue({p, {}});
    const Step first = slow.next(now);
    DeliveryResult throttled = result(Disposition::retry, "429 Too Many Requests");
    throttled.throttled = true;
    slow.answered(first, throttled, {}, now);
    EXPECT_NEAR(std::chrono::duration<double>(slow.next(now).until - now).count(), 1, 0.001);
}

TEST_F(AScheduler, ARequeuedRequestIsAsIfItHadNotBeenSent) {
    policy.rate = 1;
    Scheduler slow(policy, 1);
    slow.enqueue({1, {7, 0, 0}});
    slow.enqueue({2, {7, 0, 0}});
    const Step first = slow.next(now);
    ASSERT_EQ(first.offset, 1);
    slow.requeue(first.request, std::vector<Offset>{1});
    EXPECT_EQ(slow.in_flight(), 0);
    EXPECT_EQ(slow.next(now).offset, 1);
    EXPECT_EQ(slow.attempts(1), 0);
}

TEST_F(AScheduler, AResentRequestIsSentAtOnceAndIsNoAttempt) {
    enqueue_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    scheduler.resend(ended(1), std::vector<Offset>{1});
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(scheduler.attempts(1), 0);
}

TEST_F(AScheduler, KnowsWhichRecordsBackOffAndWhichAreBlockedByThem) {
    const Entry first{1, {7, 0, 0}};
    const Entry second{2, {7, 20, 0}};
    const Entry third{3, {0, 20, 0}};
    const Entry other{4, {8, 0, 0}};
    for (const Entry& entry : {first, second, third, other}) scheduler.enqueue(entry);
    EXPECT_FALSE(scheduler.backing_off(third));
    ASSERT_EQ(sent(), 1);
    response(1, unavailable);
    EXPECT_TRUE(scheduler.backing_off(first));
    EXPECT_TRUE(scheduler.backing_off(second));
    EXPECT_TRUE(scheduler.backing_off(third));
    EXPECT_FALSE(scheduler.backing_off(other));
    EXPECT_EQ(sent(), 4);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_FALSE(scheduler.backing_off(third));
}

TEST_F(AScheduler, KnowsThatARecordWithoutKeysBacksOff) {
    scheduler.enqueue({1, {}});
    ASSERT_EQ(sent(), 1);
    response(1, unavailable);
    EXPECT_TRUE(scheduler.backing_off({1, {}}));
}

TEST_F(AScheduler, IsFullOfRecordsThatAreNotBlocked) {
    policy.window = 2;
    Scheduler small(policy, 1);
    small.enqueue({1, {7, 0, 0}});
    for (Offset p = 2; p <= 10; ++p) small.enqueue({p, {7, 0, 0}});
    EXPECT_FALSE(small.full()) << "one person's queue does not fill it";
    small.enqueue({11, {8, 0, 0}});
    EXPECT_TRUE(small.full());
    ASSERT_EQ(small.next(now).offset, 1);
    const Step last = small.next(now);
    ASSERT_EQ(last.offset, 11);
    small.answered(last, delivered, {}, now);
    EXPECT_FALSE(small.full());
}

TEST_F(AScheduler, IsNotFullOfBlockedRecordsAsTheyAreSkipped) {
    policy.queue_limits.queue = 2;
    Scheduler small(policy, 1);
    EXPECT_EQ(small.enqueue({1, {7, 0, 0}}), Enqueued::ready);
    EXPECT_EQ(small.enqueue({2, {7, 0, 0}}), Enqueued::blocked);
    EXPECT_EQ(small.enqueue({3, {7, 0, 0}}), Enqueued::blocked);
    for (Offset p = 4; p <= 100; ++p) EXPECT_EQ(small.enqueue({p, {7, 0, 0}}), Enqueued::skipped);
    EXPECT_FALSE(small.full());
    EXPECT_EQ(small.size(), 3);
    EXPECT_EQ(small.enqueue({101, {8, 0, 0}}), Enqueued::ready) << "another person is not blocked";
    for (Offset p = 1; p <= 2; ++p) {
        const Step step = small.next(now);
        ASSERT_EQ(step.offset, p);
        small.answered(step, delivered, {}, now);
    }
    ASSERT_EQ(small.next_scan(), 4);
    EXPECT_EQ(small.enqueue_again({4, {7, 0, 0}}), Enqueued::blocked);
}

// Fairness

TEST_F(AScheduler, RetriesAlternateWithRecordsThatNeverFailed) {
    enqueue_persons(1, 6);
    for (Offset p = 1; p <= 3; ++p) ASSERT_EQ(sent(), p);
    for (Offset p = 1; p <= 2; ++p) response(p, unavailable);
    response(3, delivered);
    now += policy.initial_backoff;
    enqueue_persons(7, 8);
    EXPECT_EQ(sent(), 1) << "the one before was no retry";
    EXPECT_EQ(sent(), 4);
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(sent(), 5);
    EXPECT_EQ(sent(), 6);
}

TEST_F(AScheduler, RetriesTakeHalfOfTheConnectionsAndLeaveTheOthersFree) {
    policy.connections = 4;
    use(policy);
    enqueue_persons(1, 4);
    for (Offset p = 1; p <= 4; ++p) ASSERT_EQ(sent(), p);
    for (Offset p = 1; p <= 4; ++p) response(p, unavailable);
    now += policy.initial_backoff;
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(next().action, Action::idle) << "others may come";
    enqueue_persons(5, 7);
    EXPECT_EQ(sent(), 5);
    EXPECT_EQ(sent(), 6);
    EXPECT_EQ(next().action, Action::idle) << "all connections are taken";
}

TEST_F(AScheduler, RetriesAndOthersAlternateOnASingleConnection) {
    policy.connections = 1;
    use(policy);
    enqueue_persons(1, 4);
    for (const DeliveryResult& result : {unavailable, unavailable, delivered}) response(sent(), result);
    now += policy.initial_backoff;
    std::vector<Offset> order;
    for (int i = 0; i < 3; ++i) {
        order.push_back(sent());
        response(order.back(), delivered);
    }
    EXPECT_THAT(order, testing::ElementsAre(1, 4, 2));
}

// A destination that responds after 50 ms, and after `poisoned_takes` to records that always fail.
class AFarSide {
public:
    AFarSide(const Policy& policy, Duration poisoned_takes) : scheduler_(policy, 1), poisoned_takes_(poisoned_takes) {}

    // Enqueues that many records, each of another person; every `poisoned_of`th is poisoned, none if it is 0.
    void enqueue(Offset count, Offset poisoned_of) {
        for (Offset p = 1; p <= count; ++p) {
            scheduler_.enqueue({++last_, {last_, 0, 0}});
            if (poisoned_of != 0 && p % poisoned_of == 0) poisoned_.insert(last_);
        }
    }

    // How many records that are not poisoned are delivered in that time.
    int run(Duration time) {
        int delivered_count = 0;
        for (const TimePoint end = now_ + time; now_ < end;) {
            const Step step = scheduler_.next(now_);
            if (step.action == Action::send) {
                responses_.emplace(now_ + (poisoned_.contains(step.offset) ? poisoned_takes_ : milliseconds{50}), step);
                continue;
            }
            TimePoint until = step.action == Action::wait ? step.until : end;
            if (!responses_.empty()) until = std::min(until, responses_.begin()->first);
            now_ = std::min(until, end);
            for (; !responses_.empty() && responses_.begin()->first <= now_; responses_.erase(responses_.begin())) {
                const Step& done = responses_.begin()->second;
                const bool honest = !poisoned_.contains(done.offset);
                scheduler_.answered(done, honest ? delivered : unavailable, {}, now_);
                delivered_count += honest ? 1 : 0;
            }
        }
        return delivered_count;
    }

    bool circuit_breaker_open() const { return scheduler_.circuit_breaker_open(); }

private:
    Scheduler scheduler_;
    Duration poisoned_takes_;
    TimePoint now_ = start;
    Offset last_ = 0;
    std::set<Offset> poisoned_;
    std::multimap<TimePoint, Step> responses_;
};

TEST(Fairness, AThousandPoisonedPeopleLeaveTheOthersAtLeastHalf) {
    for (const Duration poisoned_takes : {Duration{1}, Duration{50}, Duration{2'000}}) {
        for (const double rate : {1e6, 200.0}) {
            SCOPED_TRACE(std::to_string(poisoned_takes.count()) + " ms, " + std::to_string(rate) +
                         " requests a second");
            Policy policy;
            policy.rate = rate;
            AFarSide unbatchable(policy, {});
            unbatchable.enqueue(50'000, 0);
            const int unhindered = unbatchable.run(seconds{20});

            AFarSide far_side(policy, poisoned_takes);
            far_side.enqueue(10'000, 10);
            far_side.run(minutes{3});
            far_side.enqueue(50'000, 0);
            EXPECT_GT(far_side.run(seconds{2}), 0);
            EXPECT_GE(far_side.run(seconds{20}), unhindered / 2);
            EXPECT_FALSE(far_side.circuit_breaker_open());
        }
    }
}

TEST(Fairness, PoisonedPeopleAmongTheOthersStopNobody) {
    AFarSide far_side({}, seconds{2});
    far_side.enqueue(3'000, 100);
    EXPECT_EQ(far_side.run(seconds{20}), 2'970);
    far_side.enqueue(1'000, 0);
    EXPECT_EQ(far_side.run(seconds{5}), 1'000);
    EXPECT_FALSE(far_side.circuit_breaker_open());
}

TEST(Fairness, ACrowdOfPoisonedPeopleThatCameFirstDelaysTheOthersForSeconds) {
    AFarSide far_side({}, Duration{50});
    far_side.enqueue(1'000, 1);
    far_side.run(minutes{2});
    EXPECT_TRUE(far_side.circuit_breaker_open());
    far_side.enqueue(1'000, 0);
    EXPECT_EQ(far_side.run(seconds{20}), 1'000);
}

// Pause

TEST_F(AScheduler, SeveralUnauthorizedPeoplePauseTheDestination) {
    enqueue_persons(1, 4);
    for (Offset p = 1; p <= 2; ++p) {
        ASSERT_EQ(sent(), p);
        EXPECT_EQ(response(p, unauthorized), Resolution::retry);
        EXPECT_FALSE(scheduler.pause_message());
    }
    ASSERT_EQ(sent(), 3);
    response(3, unauthorized);
    EXPECT_EQ(scheduler.pause_message(), "401 Unauthorized");
    EXPECT_EQ(scheduler.attempts(1), 0);
    EXPECT_EQ(next().action, Action::wait);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, AnUnauthorizedRecordPausesTheDestinationIfItIsTheOnlyOne) {
    enqueue(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unauthorized), Resolution::retry);
    EXPECT_EQ(scheduler.pause_message(), "401 Unauthorized");
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, ASuspectedPauseAwaitsTheRequestsInFlight) {
    enqueue_persons(1, 5);
    for (Offset p = 1; p <= 4; ++p) ASSERT_EQ(sent(), p);
    for (Offset p = 1; p <= 3; ++p) response(p, unauthorized);
    EXPECT_FALSE(scheduler.pause_message());
    EXPECT_EQ(next().action, Action::idle) << "nothing new goes meanwhile";
    response(4, delivered);
    EXPECT_FALSE(scheduler.pause_message());
    EXPECT_EQ(sent(), 5);
}

TEST_F(AScheduler, AnUnauthorizedRecordLetsOthersGoFirst) {
    enqueue_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    response(1, unauthorized);
    ASSERT_EQ(sent(), 2);
    EXPECT_EQ(response(2, delivered), Resolution::delivered);
    EXPECT_FALSE(scheduler.pause_message());
    EXPECT_EQ(sent(), 3);
    EXPECT_EQ(sent_later(), 1) << "after a back-off of its own";
    EXPECT_GT(now, start);
}

TEST_F(AScheduler, RecordsThatAreAlwaysUnauthorizedDelayOthersOnlyOnce) {
    enqueue_persons(1, 4);
    std::vector<Offset> order;
    for (Offset p = 1; p <= 4; ++p) order.push_back(sent());
    enqueue_persons(5, 5);
    ASSERT_EQ(sent(), 5);
    for (const Offset p : order) response(p, unauthorized);
    response(5, delivered);
    for (Offset p = 6; p < 200; ++p) {
        enqueue_persons(p, p);
        for (Offset seen = 0; seen != p;) {
            seen = sent_later();
            ASSERT_NE(seen, 0);
            response(seen, seen <= 4 ? unauthorized : delivered);
            ASSERT_FALSE(scheduler.pause_message());
        }
    }
}

TEST_F(AScheduler, ARecordThatAloneIsUnauthorizedIsADeadLetterWhenItIsTooOld) {
    enqueue_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    response(1, unauthorized);
    ASSERT_EQ(sent(), 2);
    response(2, delivered);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_EQ(response(1, unauthorized, policy.max_age), Resolution::retry);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_EQ(response(1, unauthorized, policy.max_age + milliseconds{1}), Resolution::dead_letter);
}

TEST_F(AScheduler, RetriesThatGoOnFailingDoNotKeepAPauseFromBeginning) {
    enqueue_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    response(1, unavailable);
    ASSERT_EQ(sent(), 2);
    response(2, unauthorized);
    for (int i = 0; !scheduler.pause_message() && i < 1000; ++i) {
        const Offset again = sent_later();
        ASSERT_EQ(again, 1);
        response(again, unavailable);
    }
    EXPECT_TRUE(scheduler.pause_message());
}

TEST_F(AScheduler, APausedDestinationIsProbedWithOneRecordAnInterval) {
    pause_by(1, 3);
    enqueue_persons(4, 4);
    now += policy.probe_interval;
    EXPECT_EQ(sent(), 4) << "one that was never unauthorized";
    EXPECT_EQ(next().action, Action::idle);
    response(4, unauthorized);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, APauseByFewRecordsIsProbedAtOnceWithEachNewOne) {
    pause_by(1, 1);
    enqueue_persons(2, 4);
    const Offset second = sent();
    EXPECT_GE(second, 2);
    EXPECT_EQ(next().action, Action::idle) << "one at a time";
    response(second, unauthorized);
    const Offset third = sent();
    EXPECT_GE(third, 2);
    response(third, unauthorized);
    EXPECT_EQ(next().action, Action::wait) << "now it is sure";
    EXPECT_TRUE(scheduler.pause_message());
}

TEST_F(AScheduler, APauseByFewRecordsEndsWithTheFirstDelivery) {
    pause_by(1, 1);
    enqueue_persons(2, 2);
    ASSERT_EQ(sent(), 2);
    response(2, delivered);
    EXPECT_FALSE(scheduler.pause_message());
}

TEST_F(AScheduler, ProbesUseDifferentRecords) {
    pause_by(1, 2);
    for (const Offset probe : {1, 2, 1, 2}) {
        now += policy.probe_interval;
        ASSERT_EQ(sent(), probe);
        response(probe, unauthorized);
    }
}

TEST_F(AScheduler, ADeliveredProbeEndsThePauseAtFullSpeed) {
    pause_by(1, 3);
    enqueue_persons(4, 5);
    now += policy.probe_interval;
    const Offset probe = sent();
    ASSERT_GE(probe, 4) << "one that was never unauthorized";
    EXPECT_EQ(response(probe, delivered), Resolution::delivered);
    EXPECT_FALSE(scheduler.pause_message());
    std::set<Offset> gone{probe};
    for (int i = 0; i < 4; ++i) gone.insert(sent());
    EXPECT_THAT(gone, testing::ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(AScheduler, ARejectedProbeEndsThePauseToo) {
    pause_by(1, 3);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, dead), Resolution::dead_letter);
    EXPECT_FALSE(scheduler.pause_message());
}

TEST_F(AScheduler, AGatewaysErrorDoesNotEndThePause) {
    pause_by(1, 1);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unavailable), Resolution::retry);
    EXPECT_TRUE(scheduler.pause_message());
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, ARequestThatWasSentBeforeThePauseDoesNotEndIt) {
    enqueue_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    response(1, unavailable);
    ASSERT_EQ(sent(), 2);
    ASSERT_EQ(sent(), 3);
    response(2, delivered);
    now += policy.initial_backoff;
    ASSERT_EQ(sent(), 1) << "a retry, which delays no pause";
    response(3, unauthorized);
    EXPECT_TRUE(scheduler.pause_message());
    response(1, delivered);
    EXPECT_TRUE(scheduler.pause_message());
}

TEST_F(AScheduler, NothingIsDeadLetteredInAPauseHoweverOldItIs) {
    pause_by(1, 1);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(response(1, unavailable, policy.max_age * 2), Resolution::retry);
}

TEST_F(AScheduler, ARestoredPauseIsProbedAtOnce) {
    scheduler.restore_pause("401 Unauthorized", now);
    EXPECT_EQ(scheduler.pause_message(), "401 Unauthorized");
    enqueue_persons(1, 2);
    const Offset probe = sent();
    ASSERT_NE(probe, 0);
    EXPECT_EQ(next().action, Action::idle);
    response(probe, unauthorized);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, ARestoredPauseEndsWithTheFirstDelivery) {
    scheduler.restore_pause("401 Unauthorized", now);
    enqueue_persons(1, 2);
    const Offset probe = sent();
    ASSERT_NE(probe, 0);
    response(probe, delivered);
    EXPECT_FALSE(scheduler.pause_message());
    EXPECT_EQ(sent(), 3 - probe);
}

TEST_F(AScheduler, ARequeuedProbeIsFollowedByAnother) {
    pause_by(1, 1);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    scheduler.requeue(ended(1), std::vector<Offset>{1});
    EXPECT_EQ(sent(), 1);
}

// Circuit breaker

TEST_F(AScheduler, ProbesWhenManyRecordsFailAndNoneSucceeds) {
    fail(1, 19);
    EXPECT_FALSE(scheduler.circuit_breaker_open());
    fail(20, 1);
    EXPECT_TRUE(scheduler.circuit_breaker_open());
    enqueue_persons(21, 30);
    std::vector<TimePoint> probes;
    for (int i = 0; i < 10; ++i) {
        const Offset probe = sent_later();
        ASSERT_GE(probe, 21) << "one that never failed goes first";
        probes.push_back(now);
        response(probe, unavailable);
    }
    EXPECT_EQ(probes[0], start);
    for (std::size_t i = 1; i < probes.size(); ++i) {
        EXPECT_GE(probes[i] - probes[i - 1], milliseconds{800});
        EXPECT_LE(probes[i] - probes[i - 1], milliseconds{1200});
    }
}

TEST_F(AScheduler, ProbesEvenIfNoResponseComes) {
    fail(1, 20);
    enqueue_persons(21, 30);
    for (int i = 0; i < 10; ++i) ASSERT_GE(sent_later(), 21);
    EXPECT_EQ(scheduler.in_flight(), 10);
    EXPECT_GE(now - start, seconds{7});
}

TEST_F(AScheduler, AnySuccessClosesTheCircuitBreaker) {
    enqueue_persons(1, 1);
    ASSERT_EQ(sent(), 1);
    fail(2, 20);
    ASSERT_TRUE(scheduler.circuit_breaker_open());
    response(1, delivered);
    EXPECT_FALSE(scheduler.circuit_breaker_open());
}

TEST_F(AScheduler, AfterAnOutageEverythingIsSentWithinAboutASecond) {
    policy.rate = 1e6;
    use(policy);
    now += seconds{1};
    enqueue_persons(1, 500);
    for (Offset p = 1; p <= 64; ++p) ASSERT_EQ(sent(), p);
    for (Offset p = 1; p <= 64; ++p) response(p, unavailable);
    ASSERT_TRUE(scheduler.circuit_breaker_open());
    for (int i = 0; i < 60; ++i) {
        const Offset probe = sent_later();
        ASSERT_NE(probe, 0);
        response(probe, unavailable);
    }
    response(sent_later(), delivered);
    EXPECT_FALSE(scheduler.circuit_breaker_open());
    const TimePoint closed = now;
    for (Offset again = sent_later(); again != 0; again = sent_later()) response(again, delivered);
    EXPECT_EQ(scheduler.size(), 0);
    EXPECT_LE(now - closed, milliseconds{1'200});
}

TEST_F(AScheduler, AnOutageIsNoFailureOfTheRecords) {
    fail(1, 20);
    response(sent_later(), delivered);
    const Offset again = sent_later();
    EXPECT_LE(now - start, seconds{1});
    response(again, unavailable);
    const TimePoint failed_again = now;
    enqueue_persons(21, 21);
    Offset seen = 0;
    while (seen != again) {
        seen = sent_later();
        ASSERT_NE(seen, 0);
        if (seen != again) response(seen, delivered);
    }
    EXPECT_LE(now - failed_again, policy.initial_backoff) << "as after a first failure";
}

TEST_F(AScheduler, ARetryAfterIsObeyedInAnOutage) {
    DeliveryResult busy = unavailable;
    busy.retry_after = seconds{90};
    enqueue_persons(1, 21);
    for (Offset p = 1; p <= 20; ++p) {
        ASSERT_EQ(sent(), p);
        response(p, busy);
    }
    EXPECT_EQ(next().until, now + seconds{90});
}

TEST_F(AScheduler, AFewRecordsThatFailForSomeSecondsAreAnOutageTooIfNothingElseIsSent) {
    fail(1, 3);
    while (!scheduler.circuit_breaker_open()) {
        const Offset again = sent_later();
        ASSERT_NE(again, 0);
        ASSERT_LE(now - start, seconds{5});
        response(again, unavailable);
    }
    EXPECT_GE(now - start, seconds{3});
}

TEST_F(AScheduler, ALoneRecordIsRetriedEachSecondUntilARequestSucceeds) {
    fail(1, 1);
    for (int i = 0; i < 100; ++i) {
        const TimePoint failed = now;
        ASSERT_EQ(sent_later(), 1);
        EXPECT_LE(now - failed, seconds{1});
        response(1, unavailable);
    }
    EXPECT_FALSE(scheduler.circuit_breaker_open()) << "it may be its own";
    enqueue_persons(2, 2);
    ASSERT_EQ(sent(), 2);
    response(2, delivered);
    Duration longest{};
    for (int i = 0; i < 20; ++i) {
        const TimePoint failed = now;
        ASSERT_EQ(sent_later(), 1);
        longest = std::max(longest, std::chrono::ceil<Duration>(now - failed));
        response(1, unavailable);
    }
    EXPECT_GT(longest, minutes{1}) << "it is";
}

TEST_F(AScheduler, RecordsThatFailWhileOthersSucceedNeverOpenTheCircuitBreakerAgain) {
    fail(1, 20);
    ASSERT_TRUE(scheduler.circuit_breaker_open());
    int opened = 0;
    const auto send_all = [&] {
        for (Offset seen = sent(); seen != 0; seen = sent()) {
            const bool was_open = scheduler.circuit_breaker_open();
            response(seen, seen <= 20 ? unavailable : delivered);
            opened += scheduler.circuit_breaker_open() && !was_open ? 1 : 0;
        }
    };
    for (Offset p = 21; p < 300; ++p) {
        now += milliseconds{500};
        enqueue_persons(p, p);
        send_all();
    }
    EXPECT_LE(opened, 2);
    EXPECT_EQ(scheduler.size(), 20);
    for (int i = 0; i < 600; ++i) {
        now += seconds{1};
        send_all();
    }
    EXPECT_FALSE(scheduler.circuit_breaker_open());
}

TEST_F(AScheduler, APauseReplacesAnOpenCircuitBreaker) {
    fail(1, 20);
    enqueue_persons(21, 24);
    for (int i = 0; i < 3; ++i) {
        const Offset probe = sent_later();
        ASSERT_GE(probe, 21);
        response(probe, unauthorized);
    }
    EXPECT_FALSE(scheduler.circuit_breaker_open());
    EXPECT_TRUE(scheduler.pause_message());
}

}  // namespace
}  // namespace pintle::delivery
