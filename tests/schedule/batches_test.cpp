// Several records in one request.
#include <map>
#include <vector>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {
namespace {

using delivery::Fate;
using delivery::Verdict;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using What = Step::What;

using Request = std::vector<Position>;

// A scheduler of batches and the time it is told.
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
    void admit(Position position, mapping::Keys keys) { scheduler->admit({position, keys}); }
    void admit_persons(Position from, Position to) {
        for (Position p = from; p <= to; ++p) admit(p, {p, 0, 0});
    }
    // The records of the request that goes now; empty if none does.
    Request sent() {
        const Step step = scheduler->next(now);
        return step.what == What::send ? begun(step) : Request{};
    }
    std::vector<Outcome> answer(const Request& request, const Verdict& verdict, std::vector<Position> dead = {}) {
        std::vector<Scheduler::Sent> items;
        for (const Position p : request) items.push_back({p, {}, std::ranges::find(dead, p) != dead.end()});
        std::vector<Outcome> outcomes;
        scheduler->answered(ended(request), items, verdict, now, outcomes);
        return outcomes;
    }
    void halve(const Request& request) { scheduler->halve(ended(request), request, now); }
    Request sent_later() {
        for (Step step = scheduler->next(now);; step = scheduler->next(now)) {
            if (step.what == What::send) return begun(step);
            if (step.what == What::idle) return {};
            now = step.until;
        }
    }

    Request begun(const Step& step) {
        in_flight[step.position] = step.request;
        return scheduler->gather(step.position);
    }
    InFlight ended(const Request& request) { return in_flight.extract(request.front()).mapped(); }

    TimePoint now = start;
    Policy policy = batches(4);
    std::unique_ptr<Scheduler> scheduler = std::make_unique<Scheduler>(policy, 1);
    std::map<Position, InFlight> in_flight;  // by their first record
};

TEST_F(ABatch, HoldsAsManyAsItMayTheOldestFirst) {
    admit_persons(1, 6);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(sent(), ElementsAre(5, 6));
    EXPECT_EQ(scheduler->in_flight(), 2);
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ABatch, HoldsOneRecordOfALane) {
    for (Position p = 1; p <= 4; ++p) admit(p, {7, 0, 0});
    admit(5, {8, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 5));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the lane's next one waits for the answer";
}

TEST_F(ABatch, GoesAtOnceWhereNothingElseWaits) {
    admit_persons(1, 1);
    EXPECT_THAT(sent(), ElementsAre(1));
}

TEST_F(ABatch, LingersWhereOthersWaitAndNoLongerThanItMay) {
    admit(1, {7, 0, 0});
    ASSERT_THAT(sent(), ElementsAre(1));
    admit(2, {7, 0, 0});  // waits for the answer
    admit(3, {8, 0, 0});
    const Step step = scheduler->next(now);
    EXPECT_EQ(step.what, What::wait);
    EXPECT_EQ(step.until, now + policy.linger);
    now += policy.linger / 2;
    admit(4, {9, 0, 0});
    EXPECT_EQ(scheduler->next(now).until, start + policy.linger) << "counted from its first item";
    answer({1}, delivered);
    now = start + policy.linger;
    EXPECT_THAT(sent(), ElementsAre(2, 3, 4));
}

TEST_F(ABatch, GoesAtOnceWhenItIsFull) {
    admit(1, {7, 0, 0});
    ASSERT_THAT(sent(), ElementsAre(1));
    admit(2, {7, 0, 0});
    admit_persons(11, 13);
    ASSERT_EQ(scheduler->next(now).what, What::wait);
    admit_persons(14, 14);
    EXPECT_THAT(sent(), ElementsAre(11, 12, 13, 14));
}

TEST_F(ABatch, IsOneRequestToTheRateAndToTheConnections) {
    policy = batches(100);
    policy.rate = 1;
    policy.connections = 2;
    use(policy);
    admit_persons(1, 100);
    EXPECT_THAT(sent(), SizeIs(100));
    admit_persons(101, 200);
    EXPECT_EQ(scheduler->next(now).until, now + seconds{1});
    now += seconds{1};
    EXPECT_THAT(sent(), SizeIs(100));
    EXPECT_EQ(scheduler->in_flight(), 2);
    admit_persons(201, 201);
    now += seconds{1};
    EXPECT_EQ(scheduler->next(now).what, What::idle) << "both connections are taken";
}

TEST_F(ABatch, ThatIsTakenSettlesAllItsRecords) {
    admit_persons(1, 3);
    EXPECT_THAT(answer(sent(), delivered), ElementsAre(Outcome::settled, Outcome::settled, Outcome::settled));
    EXPECT_EQ(scheduler->size(), 0);
    EXPECT_EQ(scheduler->in_flight(), 0);
}

TEST_F(ABatch, BuriesTheItemsThatWereRefusedByThemselvesAndFreesTheirLanes) {
    admit_persons(1, 3);
    const Request request = sent();
    admit(4, {2, 0, 0});
    EXPECT_THAT(answer(request, delivered, {2}), ElementsAre(Outcome::settled, Outcome::dead, Outcome::settled));
    EXPECT_THAT(sent(), ElementsAre(4));
}

TEST_F(ABatch, ThatFailsComesBackInHalves) {
    admit_persons(1, 4);
    EXPECT_THAT(answer(sent(), unavailable), Each(Outcome::waiting));
    EXPECT_THAT(sent_later(), ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), ElementsAre(3, 4));
    EXPECT_EQ(scheduler->attempts(3), 1);
}

TEST_F(ABatch, ThatIsThrottledComesBackTogether) {
    admit_persons(1, 4);
    Verdict throttled = unavailable;
    throttled.throttled = true;
    answer(sent(), throttled);
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ABatch, OfAPoisonedRecordDelaysItsCompanionsForSecondsAndNoOthers) {
    use(batches(1'000));
    admit_persons(1, 1'000);
    constexpr Position poisoned = 617;
    for (Position next = 1'001; scheduler->size() > 1; ++next) {
        admit_persons(next, next);
        const Request request = sent_later();
        ASSERT_FALSE(request.empty());
        const bool fails = std::ranges::find(request, poisoned) != request.end();
        answer(request, fails ? unavailable : delivered);
    }
    EXPECT_LE(now - start, seconds{12});
    EXPECT_FALSE(scheduler->circuit_breaker_open());
}

TEST_F(ABatch, GrowsAgainAfterATimeInWhichMostFailed) {
    use(batches(1'000));
    admit_persons(1, 100'000);
    std::size_t size = 0;
    for (int failures = 0; failures < 5'000; ++failures) {
        const Request request = sent_later();
        answer(request, failures % 15 == 14 ? delivered : unavailable);
        if (failures >= 4'000) size += request.size();
    }
    ASSERT_GT(scheduler->size(), 50'000);
    const std::size_t at_that_size = scheduler->size() * 1'000 / size;
    std::size_t requests = 0;
    for (Request request = sent_later(); !request.empty(); request = sent_later()) {
        answer(request, delivered);
        ++requests;
    }
    EXPECT_EQ(scheduler->size(), 0);
    EXPECT_LT(requests, at_that_size / 2);
}

TEST_F(ABatch, OfARefusedRecordPausesTheDestinationNoLongerThanUntilOthersAreTaken) {
    admit_persons(1, 12);
    const Request first = sent();
    answer(first, refused);
    EXPECT_FALSE(scheduler->pause_message()) << "it is one request";
    answer(sent(), delivered);
    for (int requests = 0; scheduler->size() > 1; ++requests) {
        ASSERT_LT(requests, 20);
        const Request request = sent_later();
        answer(request, std::ranges::find(request, 2) != request.end() ? refused : delivered);
        EXPECT_FALSE(scheduler->pause_message());
    }
}

TEST_F(ABatch, ThatFailsIsOneFailureToTheBreaker) {
    policy = batches(100);
    use(policy);
    admit_persons(1, 100);
    answer(sent(), unavailable);
    EXPECT_FALSE(scheduler->circuit_breaker_open());
    for (Position from = 101; from <= 1901; from += 100) {
        admit_persons(from, from + 99);
        answer(sent(), unavailable);
    }
    EXPECT_TRUE(scheduler->circuit_breaker_open());
}

TEST_F(ABatch, ThatIsRefusedForItsCredentialsPausesTheDestinationAndIsProbedByOneRecord) {
    admit_persons(1, 3);
    answer(sent(), refused);
    EXPECT_TRUE(scheduler->pause_message()) << "there are no others";
    now += policy.probe_interval;
    const Request probe = sent();
    EXPECT_THAT(probe, SizeIs(1));
    EXPECT_THAT(sent(), IsEmpty());
    answer(probe, delivered);
    EXPECT_FALSE(scheduler->pause_message());
    EXPECT_THAT(sent(), SizeIs(2));
}

TEST_F(ABatch, ThatIsRefusedAsAWholeIsHalvedUntilTheGuiltyRecordIsAlone) {
    use(batches(8));
    admit_persons(1, 8);
    constexpr Position guilty = 6;
    std::vector<Request> requests;
    Request last;
    std::size_t delivered_records = 0;
    for (Request request = sent_later(); !request.empty(); request = sent_later()) {
        requests.push_back(request);
        const bool bad = std::ranges::find(request, guilty) != request.end();
        if (!bad) {
            delivered_records += request.size();
            answer(request, delivered);
        } else if (request.size() > 1) {
            halve(request);
        } else {
            EXPECT_THAT(answer(request, verdict(Fate::dead, "400")), ElementsAre(Outcome::dead));
        }
    }
    EXPECT_EQ(delivered_records, 7);
    EXPECT_THAT(requests, ElementsAre(SizeIs(8), ElementsAre(1, 2, 3, 4), ElementsAre(5, 6, 7, 8), ElementsAre(5, 6),
                                      ElementsAre(5), ElementsAre(6), ElementsAre(7, 8)));
    EXPECT_EQ(scheduler->size(), 0);
}

TEST_F(ABatch, ThatIsHalvedTakesInNoOthers) {
    admit_persons(1, 4);
    halve(sent());
    admit_persons(5, 8);
    EXPECT_THAT(sent(), ElementsAre(1, 2));
    EXPECT_THAT(sent(), ElementsAre(3, 4));
    EXPECT_THAT(sent(), ElementsAre(5, 6, 7, 8));
}

TEST_F(ABatch, ThatIsHalvedCountsAsNoAttemptAndSaysThatTheDestinationWorks) {
    admit_persons(1, 4);
    halve(sent());
    EXPECT_EQ(scheduler->attempts(1), 0);
    EXPECT_EQ(scheduler->in_flight(), 0);
}

TEST_F(ABatch, LeavesOutWhatHasNoRoomAndNamesItAgain) {
    admit_persons(1, 4);
    const Request request = sent();
    scheduler->leave_out(3);
    scheduler->leave_out(4);
    EXPECT_THAT(sent(), ElementsAre(3, 4));
    EXPECT_EQ(scheduler->in_flight(), 2);
}

TEST_F(ABatch, LeavesOutWhatMustGoAloneAndThenNamesItAlone) {
    admit_persons(1, 4);
    ASSERT_THAT(sent(), SizeIs(4));
    scheduler->leave_out(2, true);
    admit_persons(5, 6);
    EXPECT_THAT(sent(), ElementsAre(2));
    EXPECT_THAT(sent(), ElementsAre(5, 6));
}

TEST_F(ABatch, OfWhichNothingIsLeftIsAbandonedAndCostsNoToken) {
    policy.rate = 1;
    use(policy);
    admit_persons(1, 1);
    admit(2, {1, 0, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1));
    scheduler->discard(1);
    scheduler->abandon(ended({1}));
    EXPECT_EQ(scheduler->in_flight(), 0);
    EXPECT_THAT(sent(), ElementsAre(2));
}

TEST_F(ABatch, ThatWasNotSentIsAsIfItHadNotBegun) {
    admit_persons(1, 3);
    const Request request = sent();
    scheduler->put_back(ended(request), request);
    EXPECT_EQ(scheduler->in_flight(), 0);
    EXPECT_THAT(sent(), ElementsAre(1, 2, 3));
}

// A lane's records behind each other in one batch.
class ABatchOfLanes : public ABatch {
protected:
    ABatchOfLanes() { use(batches(4, true)); }
};

TEST_F(ABatchOfLanes, HoldsALanesRecordsInTheirOrder) {
    for (Position p = 1; p <= 5; ++p) admit(p, {7, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
    EXPECT_TRUE(scheduler->follows(2));
    EXPECT_FALSE(scheduler->follows(1));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the lane's next batch waits for the answer";
}

TEST_F(ABatchOfLanes, MixesLanesByAge) {
    admit(1, {7, 0, 0});
    admit(2, {8, 0, 0});
    admit(3, {7, 0, 0});
    admit(4, {8, 0, 0});
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ABatchOfLanes, TakesInARecordOfTwoLanesOnlyBehindBoth) {
    admit(1, {0, 100, 0});
    admit(2, {7, 0, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1, 2));
    admit(3, {7, 100, 0});
    Verdict throttled = unavailable;
    throttled.throttled = true;
    EXPECT_THAT(answer({1, 2}, throttled), Each(Outcome::waiting));
    EXPECT_THAT(sent_later(), ElementsAre(1, 2, 3));
}

TEST_F(ABatchOfLanes, LeavesARecordThatWaitsForAnotherRequestToo) {
    use(batches(1, true));
    admit(1, {0, 100, 0});
    ASSERT_THAT(sent_later(), ElementsAre(1));
    admit(2, {7, 0, 0});
    admit(3, {7, 100, 0});
    EXPECT_THAT(sent_later(), ElementsAre(2)) << "3 waits for 1, which is under way elsewhere";
}

TEST_F(ABatchOfLanes, ThatFailsKeepsItsOrder) {
    for (Position p = 1; p <= 3; ++p) admit(p, {7, 0, 0});
    const Request request = sent_later();
    EXPECT_THAT(answer(request, unavailable), Each(Outcome::waiting));
    const Request half = sent_later();
    EXPECT_THAT(half, ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), IsEmpty()) << "the rest waits for its turn";
    EXPECT_THAT(answer(half, delivered), Each(Outcome::settled));
    const Request rest = sent_later();
    EXPECT_THAT(rest, ElementsAre(3));
    EXPECT_EQ(scheduler->attempts(3), 1);
    answer(rest, delivered);
    EXPECT_EQ(scheduler->size(), 0);
}

TEST_F(ABatchOfLanes, ThatIsHalvedSendsTheLanesFirstHalfFirst) {
    for (Position p = 1; p <= 4; ++p) admit(p, {7, 0, 0});
    halve(sent_later());
    const Request first = sent_later();
    EXPECT_THAT(first, ElementsAre(1, 2));
    EXPECT_THAT(sent_later(), IsEmpty());
    answer(first, delivered);
    EXPECT_THAT(sent_later(), ElementsAre(3, 4));
}

TEST_F(ABatchOfLanes, ThatIsRefusedIsProbedByTheLanesFirst) {
    for (Position p = 1; p <= 3; ++p) admit(p, {7, 0, 0});
    answer(sent_later(), refused);
    now += policy.probe_interval;
    EXPECT_THAT(sent(), ElementsAre(1));
}

TEST_F(ABatchOfLanes, WhoIsLeftOutBehindAnotherWaitsForIt) {
    for (Position p = 1; p <= 3; ++p) admit(p, {7, 0, 0});
    ASSERT_THAT(sent_later(), SizeIs(3));
    scheduler->leave_out(2);
    scheduler->leave_out(3);
    EXPECT_THAT(sent_later(), IsEmpty());
    answer({1}, delivered);
    EXPECT_THAT(sent_later(), ElementsAre(2, 3));
}

TEST_F(ABatchOfLanes, AnItemThatWasRefusedByItselfDoesNotKeepItsFollowersBack) {
    for (Position p = 1; p <= 4; ++p) admit(p, {7, 0, 0});
    EXPECT_THAT(answer(sent_later(), delivered, {1, 3}),
                ElementsAre(Outcome::dead, Outcome::settled, Outcome::dead, Outcome::settled));
    EXPECT_EQ(scheduler->size(), 0);
}

}  // namespace
}  // namespace pintle::schedule
