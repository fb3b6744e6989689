#include "pintle/schedule/scheduler.hpp"

#include <gmock/gmock.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

using delivery::Fate;
using delivery::Verdict;
using What = Step::What;

const Verdict dead = verdict(Fate::dead, "400 Bad Request");

// A scheduler and the time it is told.
class AScheduler : public testing::Test {
protected:
    void admit(Position position, std::uint64_t person) { scheduler.admit({position, {person, 0, 0}}); }
    // Positions `from` to `to`, of a person each.
    void admit_persons(Position from, Position to) {
        for (Position p = from; p <= to; ++p) admit(p, p);
    }
    Step next() { return scheduler.next(now); }
    // What is sent now; 0 if nothing is.
    Position sent() {
        const Step step = next();
        return step.what == What::send ? step.position : 0;
    }
    Outcome answer(Position position, const Verdict& verdict, Duration age = {}) {
        return scheduler.answered(position, verdict, age, now);
    }
    // Lets time go by until something is sent.
    Position sent_later() {
        Step step = next();
        for (; step.what == What::wait; step = next()) now = step.until;
        return step.what == What::send ? step.position : 0;
    }
    // `count` new persons' records fail, the first of them at `from`.
    void fail(Position from, Position count) {
        admit_persons(from, from + count - 1);
        for (Position p = from; p < from + count; ++p) {
            ASSERT_EQ(sent(), p);
            ASSERT_EQ(answer(p, unavailable), Outcome::waiting);
        }
    }

    TimePoint now = start;
    Policy policy;
    Scheduler scheduler{policy, 1};
};

TEST_F(AScheduler, HasNothingToDoWhenEmpty) {
    EXPECT_EQ(next().what, What::idle);
}

TEST_F(AScheduler, SendsTheOldestFirst) {
    admit_persons(1, 3);
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(sent(), 3);
    EXPECT_EQ(next().what, What::idle);
    EXPECT_EQ(scheduler.under_way(), 3);
}

TEST_F(AScheduler, SettlesWhatIsDelivered) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, delivered), Outcome::settled);
    EXPECT_EQ(scheduler.size(), 0);
    EXPECT_EQ(scheduler.under_way(), 0);
}

TEST_F(AScheduler, KeepsALaneInOrder) {
    admit(1, 7);
    admit(2, 7);
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(next().what, What::idle);
    answer(1, delivered);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, ADeadRecordFreesItsLane) {
    admit(1, 7);
    admit(2, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, dead), Outcome::dead);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, ADiscardedRecordFreesItsLane) {
    admit(1, 7);
    admit(2, 7);
    ASSERT_EQ(sent(), 1);
    scheduler.discard(1);
    scheduler.abandon(1);
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(scheduler.size(), 1);
}

TEST_F(AScheduler, ARetryKeepsItsPlaceAndOthersGoOn) {
    admit(1, 7);
    admit(2, 7);
    admit(3, 8);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, unavailable), Outcome::waiting);
    EXPECT_EQ(sent(), 3);
    answer(3, delivered);
    EXPECT_EQ(sent_later(), 1);
    EXPECT_LE(now, start + policy.initial_backoff);
    answer(1, delivered);
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, RetryAfterIsObeyed) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    Verdict busy = unavailable;
    busy.retry_after = seconds{17};
    answer(1, busy);
    EXPECT_EQ(next().what, What::wait);
    EXPECT_EQ(next().until, now + seconds{17});
}

TEST_F(AScheduler, CountsAttempts) {
    admit(1, 7);
    EXPECT_EQ(scheduler.attempts(1), 0);
    for (std::uint32_t i = 1; i <= 5; ++i) {
        ASSERT_EQ(sent_later(), 1);
        answer(1, unavailable);
        EXPECT_EQ(scheduler.attempts(1), i);
    }
}

TEST_F(AScheduler, ARecordThatFailsWhenItIsTooOldIsDead) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, unavailable, policy.max_age), Outcome::waiting);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_EQ(answer(1, unavailable, policy.max_age + milliseconds{1}), Outcome::dead);
    EXPECT_EQ(scheduler.size(), 0);
}

TEST_F(AScheduler, SendsNoMoreAtOnceThanThereAreConnections) {
    policy.connections = 2;
    Scheduler small(policy, 1);
    for (Position p = 1; p <= 3; ++p) small.admit({p, {}});
    EXPECT_EQ(small.next(now).what, What::send);
    EXPECT_EQ(small.next(now).what, What::send);
    EXPECT_EQ(small.next(now).what, What::idle);
    small.answered(2, delivered, {}, now);
    EXPECT_EQ(small.next(now).position, 3);
}

TEST_F(AScheduler, KeepsToTheRate) {
    policy.rate = 2;
    Scheduler slow(policy, 1);
    for (Position p = 1; p <= 2; ++p) slow.admit({p, {}});
    EXPECT_EQ(slow.next(now).position, 1);
    const Step step = slow.next(now);
    EXPECT_EQ(step.what, What::wait);
    EXPECT_NEAR(std::chrono::duration<double>(step.until - now).count(), 0.5, 0.001);
    EXPECT_EQ(slow.next(step.until).position, 2);
}

TEST_F(AScheduler, A429HalvesTheRate) {
    policy.rate = 2;
    Scheduler slow(policy, 1);
    for (Position p = 1; p <= 2; ++p) slow.admit({p, {}});
    slow.next(now);
    Verdict throttled = verdict(Fate::retry, "429 Too Many Requests");
    throttled.throttled = true;
    slow.answered(1, throttled, {}, now);
    EXPECT_NEAR(std::chrono::duration<double>(slow.next(now).until - now).count(), 1, 0.001);
}

TEST_F(AScheduler, WhatIsPutBackIsAsIfItHadNotBeenSent) {
    policy.rate = 1;
    Scheduler slow(policy, 1);
    slow.admit({1, {7, 0, 0}});
    slow.admit({2, {7, 0, 0}});
    ASSERT_EQ(slow.next(now).position, 1);
    slow.put_back(std::vector<Position>{1});
    EXPECT_EQ(slow.under_way(), 0);
    EXPECT_EQ(slow.next(now).position, 1);
    EXPECT_EQ(slow.attempts(1), 0);
}

TEST_F(AScheduler, WhatIsSentAgainGoesAtOnceAndIsNoAttempt) {
    admit_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    scheduler.resend(std::vector<Position>{1});
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(scheduler.attempts(1), 0);
}

TEST_F(AScheduler, KnowsWhoWaitsForItsTimeAndWhoWaitsBehind) {
    const Entry first{1, {7, 0, 0}};
    const Entry second{2, {7, 20, 0}};
    const Entry third{3, {0, 20, 0}};
    const Entry other{4, {8, 0, 0}};
    for (const Entry& entry : {first, second, third, other}) scheduler.admit(entry);
    EXPECT_FALSE(scheduler.backing_off(third));
    ASSERT_EQ(sent(), 1);
    answer(1, unavailable);
    EXPECT_TRUE(scheduler.backing_off(first));
    EXPECT_TRUE(scheduler.backing_off(second));
    EXPECT_TRUE(scheduler.backing_off(third));
    EXPECT_FALSE(scheduler.backing_off(other));
    EXPECT_EQ(sent(), 4);
    ASSERT_EQ(sent_later(), 1);
    EXPECT_FALSE(scheduler.backing_off(third));
}

TEST_F(AScheduler, KnowsThatARecordWithoutKeysWaitsForItsTime) {
    scheduler.admit({1, {}});
    ASSERT_EQ(sent(), 1);
    answer(1, unavailable);
    EXPECT_TRUE(scheduler.backing_off({1, {}}));
}

TEST_F(AScheduler, IsFullOfRecordsThatMayGo) {
    policy.window = 2;
    Scheduler small(policy, 1);
    small.admit({1, {7, 0, 0}});
    for (Position p = 2; p <= 10; ++p) small.admit({p, {7, 0, 0}});
    EXPECT_FALSE(small.full()) << "one person's queue does not fill it";
    small.admit({11, {8, 0, 0}});
    EXPECT_TRUE(small.full());
    ASSERT_EQ(small.next(now).position, 1);
    ASSERT_EQ(small.next(now).position, 11);
    small.answered(11, delivered, {}, now);
    EXPECT_FALSE(small.full());
}

TEST_F(AScheduler, IsFullOfRecordsThatWaitBehindOthers) {
    policy.waiting = 2;
    Scheduler small(policy, 1);
    for (Position p = 1; p <= 2; ++p) small.admit({p, {7, 0, 0}});
    EXPECT_FALSE(small.full());
    small.admit({3, {7, 0, 0}});
    EXPECT_TRUE(small.full());
    EXPECT_EQ(small.size(), 3);
    ASSERT_EQ(small.next(now).position, 1);
    small.answered(1, delivered, {}, now);
    EXPECT_FALSE(small.full());
}

// Hold

TEST_F(AScheduler, ARefusalHoldsTheDestinationAndSaysWhy) {
    admit_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, refused), Outcome::waiting);
    EXPECT_EQ(scheduler.hold(), "401 Unauthorized");
    EXPECT_EQ(scheduler.attempts(1), 0);
    EXPECT_EQ(next().what, What::wait);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, AHeldDestinationIsProbedByOneRecordAnInterval) {
    admit_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    EXPECT_EQ(sent(), 2);
    EXPECT_EQ(next().what, What::idle);
    answer(2, refused);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, ProbesTakeTurnsSoThatNoOneRecordDecides) {
    admit_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    for (const Position probe : {2, 1, 2, 1}) {
        now += policy.probe_interval;
        ASSERT_EQ(sent(), probe);
        answer(probe, refused);
    }
}

TEST_F(AScheduler, AProbeThatIsTakenReleasesTheHoldAtFullSpeed) {
    admit_persons(1, 4);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 2);
    EXPECT_EQ(answer(2, delivered), Outcome::settled);
    EXPECT_FALSE(scheduler.hold());
    EXPECT_EQ(sent(), 1);
    EXPECT_EQ(sent(), 3);
    EXPECT_EQ(sent(), 4);
}

TEST_F(AScheduler, AProbeThatIsJudgedReleasesTheHoldToo) {
    admit(1, 7);
    admit(2, 8);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 2);
    EXPECT_EQ(answer(2, dead), Outcome::dead);
    EXPECT_FALSE(scheduler.hold());
}

TEST_F(AScheduler, AGatewaysErrorDoesNotReleaseTheHold) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, unavailable), Outcome::waiting);
    EXPECT_TRUE(scheduler.hold());
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, WhatWasSentBeforeTheHoldDoesNotReleaseIt) {
    admit_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    ASSERT_EQ(sent(), 2);
    answer(1, refused);
    EXPECT_EQ(answer(2, delivered), Outcome::settled);
    EXPECT_TRUE(scheduler.hold());
}

TEST_F(AScheduler, NothingDiesInAHoldHoweverOldItIs) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, unavailable, policy.max_age * 2), Outcome::waiting);
}

TEST_F(AScheduler, AHoldThatOutlivedItsProcessIsProbedAtOnce) {
    scheduler.resume_hold("401 Unauthorized", now);
    EXPECT_EQ(scheduler.hold(), "401 Unauthorized");
    admit_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(next().what, What::idle);
    answer(1, refused);
    EXPECT_EQ(next().until, now + policy.probe_interval);
}

TEST_F(AScheduler, AHoldThatOutlivedItsProcessEndsWithTheFirstRecordThatIsTaken) {
    scheduler.resume_hold("401 Unauthorized", now);
    admit_persons(1, 2);
    ASSERT_EQ(sent(), 1);
    answer(1, delivered);
    EXPECT_FALSE(scheduler.hold());
    EXPECT_EQ(sent(), 2);
}

TEST_F(AScheduler, OneRecordThatIsAlwaysRefusedHoldsNobodyUpTwice) {
    admit_persons(1, 3);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 2);
    answer(2, delivered);
    ASSERT_EQ(sent(), 1);
    EXPECT_EQ(answer(1, refused), Outcome::waiting);
    EXPECT_FALSE(scheduler.hold());
    EXPECT_EQ(sent(), 3);
}

TEST_F(AScheduler, AProbeThatIsPutBackIsFollowedByAnother) {
    admit(1, 7);
    ASSERT_EQ(sent(), 1);
    answer(1, refused);
    now += policy.probe_interval;
    ASSERT_EQ(sent(), 1);
    scheduler.put_back(std::vector<Position>{1});
    EXPECT_EQ(sent(), 1);
}

// Breaker

TEST_F(AScheduler, BacksOffAsOneWhenMostAttemptsFail) {
    fail(1, 10);
    EXPECT_FALSE(scheduler.breaker_open());
    fail(11, 1);
    EXPECT_TRUE(scheduler.breaker_open());
    admit_persons(12, 13);
    EXPECT_EQ(next().what, What::wait);
    const Position probe = sent_later();
    EXPECT_NE(probe, 0);
    EXPECT_EQ(next().what, What::idle);
}

TEST_F(AScheduler, OneProbesSuccessClosesTheBreaker) {
    fail(1, 11);
    admit_persons(12, 14);
    now += policy.initial_backoff;
    const Position probe = sent();
    answer(probe, delivered);
    EXPECT_FALSE(scheduler.breaker_open());
    EXPECT_NE(sent(), 0);
    EXPECT_NE(sent(), 0);
}

TEST_F(AScheduler, ProbesOfTheBreakerTakeTurns) {
    fail(1, 11);
    now += policy.initial_backoff;
    const Position first = sent();
    answer(first, unavailable);
    now += policy.max_backoff;
    const Position second = sent();
    EXPECT_NE(second, 0);
    EXPECT_NE(second, first);
}

TEST_F(AScheduler, AProbesFailureDoesNotLengthenItsRecordsOwnBackOff) {
    fail(1, 11);
    for (int i = 0; i < 100; ++i) {
        const Position probe = sent_later();
        ASSERT_NE(probe, 0);
        answer(probe, unavailable);
    }
    const Position probe = sent_later();
    answer(probe, delivered);
    // Each has failed once by its own count, so all of them come back within the second back-off.
    const TimePoint closed = now;
    for (int i = 0; i < 10; ++i) {
        const Position again = sent_later();
        ASSERT_NE(again, 0);
        answer(again, delivered);
    }
    EXPECT_LE(now - closed, 2 * policy.initial_backoff);
    EXPECT_EQ(scheduler.size(), 0);
}

TEST_F(AScheduler, AFewRecordsThatNeverSucceedDoNotOpenTheBreaker) {
    fail(1, 5);
    for (int i = 0; i < 200; ++i) {
        const Position again = sent_later();
        ASSERT_LE(again, 5);
        answer(again, unavailable);
        EXPECT_FALSE(scheduler.breaker_open());
    }
}

TEST_F(AScheduler, ARefusalTakesOverFromTheBreaker) {
    fail(1, 11);
    answer(sent_later(), refused);
    EXPECT_FALSE(scheduler.breaker_open());
    EXPECT_TRUE(scheduler.hold());
}

}  // namespace
}  // namespace pintle::schedule
