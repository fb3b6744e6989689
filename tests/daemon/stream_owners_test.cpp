#include "stream_owners.hpp"

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Takeover = TakeoverPlan::Takeover;

config::Destination destination(const std::string& name, std::vector<std::string> formerly = {}) {
    config::Destination destination;
    destination.name = name;
    destination.formerly = std::move(formerly);
    return destination;
}

StreamContent events(const std::string& name, std::uint64_t count) {
    return {name, count, 10 * count, 0, false};
}

StreamContent letters(const std::string& name, std::uint64_t count) {
    return {name, 0, 0, count, false};
}

TEST(OrphanedStreams, AreThoseThatHoldSomethingAndHaveNoDestination) {
    const auto orphans = orphaned_streams({events("a", 1), events("b", 2), letters("c", 3), events("empty", 0)},
                                          {destination("a"), destination("d", {"b"})});
    ASSERT_EQ(orphans.size(), 2);
    EXPECT_EQ(orphans[0].name, "b");
    EXPECT_EQ(orphans[0].backlog_events, 2);
    EXPECT_EQ(orphans[0].backlog_bytes, 20);
    EXPECT_EQ(orphans[1].name, "c");
    EXPECT_EQ(orphans[1].dead_letters, 3);
}

TEST(OrphanedStreams, SayWhyTheirFormerNameHasNotTakenThemOver) {
    const auto why = [](const std::vector<StreamContent>& streams, const config::Destination& destination) {
        return orphaned_streams(streams, {destination}).front().not_taken_over;
    };
    EXPECT_EQ(why({events("old", 1), events("new", 3)}, destination("new", {"older"})), "");
    EXPECT_EQ(why({events("old", 1), events("new", 3)}, destination("new", {"old"})),
              "new takes it over at the next start if it holds nothing itself then; now it has 3 pending events and 0 "
              "dead letters");
    EXPECT_EQ(why({letters("old", 1), events("new", 0)}, destination("new", {"old"})),
              "new takes it over at the next start if it holds nothing itself then");
    EXPECT_EQ(why({letters("old", 1), events("older", 1)}, destination("new", {"old", "older"})),
              "new names several streams that hold something in formerly, and can take over one");
}

TEST(Takeovers, TheNewNameGetsTheStreamOfTheOld) {
    for (const auto& held : {events("old", 1), letters("old", 1)}) {
        const auto plan =
            plan_takeovers({held, events("other", 9)}, {destination("new", {"old"}), destination("other")});
        EXPECT_THAT(plan.takeovers, ElementsAre(Takeover{"old", "new", false}));
        EXPECT_THAT(plan.problems, IsEmpty());
    }
}

TEST(Takeovers, AnEmptyStreamOfTheNewNameIsReplaced) {
    const auto plan = plan_takeovers({events("new", 0), events("old", 1)}, {destination("new", {"old"})});
    EXPECT_THAT(plan.takeovers, ElementsAre(Takeover{"old", "new", true}));
}

TEST(Takeovers, AfterwardsNothingIsLeftToDo) {
    for (const auto& streams : {std::vector{events("new", 5)}, std::vector{events("new", 5), events("old", 0)},
                                std::vector{events("new", 0), events("old", 0)}}) {
        const auto plan = plan_takeovers(streams, {destination("new", {"old"})});
        EXPECT_THAT(plan.takeovers, IsEmpty());
        EXPECT_THAT(plan.problems, IsEmpty());
    }
}

TEST(Takeovers, AnEmptyStreamIsTakenOverWhereThereIsNoOther) {
    const auto plan = plan_takeovers({events("old", 0)}, {destination("new", {"never", "old"})});
    EXPECT_THAT(plan.takeovers, ElementsAre(Takeover{"old", "new", false}));
}

TEST(Takeovers, OfSeveralNamesTheOneThatHoldsSomethingCounts) {
    const auto plan = plan_takeovers({events("older", 0), letters("old", 2)}, {destination("new", {"older", "old"})});
    EXPECT_THAT(plan.takeovers, ElementsAre(Takeover{"old", "new", false}));
}

TEST(Takeovers, TwoStreamsThatHoldSomethingDoNotBecomeOne) {
    auto plan = plan_takeovers({events("new", 4), letters("old", 2)}, {destination("new", {"old"})});
    EXPECT_THAT(plan.takeovers, IsEmpty());
    EXPECT_THAT(plan.problems,
                ElementsAre(AllOf(
                    HasSubstr("destinations[new].formerly: "), HasSubstr("new (4 pending events and 0 dead letters)"),
                    HasSubstr("old (0 pending events and 2 dead letters)"), HasSubstr("journal discard"))));
    plan = plan_takeovers({events("a", 1), events("b", 1)}, {destination("new", {"a", "b"})});
    EXPECT_THAT(plan.takeovers, IsEmpty());
    EXPECT_THAT(plan.problems, ElementsAre(AllOf(HasSubstr("a (1 events"), HasSubstr("b (1 events"))));
}

TEST(Takeovers, EachDestinationIsPlannedByItself) {
    const auto plan = plan_takeovers({events("a", 1), events("b", 1), events("y", 1)},
                                     {destination("x", {"a"}), destination("y", {"b"}), destination("z")});
    EXPECT_THAT(plan.takeovers, ElementsAre(Takeover{"a", "x", false}));
    EXPECT_EQ(plan.problems.size(), 1);
}

TEST(StreamReload, ARunningDestinationIsRenamedEvenIfNothingIsPending) {
    const auto plan =
        plan_stream_reload({events("old", 0), events("new", 0)}, {destination("old")}, {destination("new", {"old"})});
    EXPECT_THAT(plan.of_new.takeovers, ElementsAre(Takeover{"old", "new", true}));
    EXPECT_THAT(plan.waiting, IsEmpty());
}

TEST(StreamReload, ANewDestinationTakesAnOrphanedStreamOver) {
    const auto plan = plan_stream_reload({events("old", 2), events("other", 5)}, {destination("other")},
                                         {destination("new", {"old"}), destination("other")});
    EXPECT_THAT(plan.of_new.takeovers, ElementsAre(Takeover{"old", "new", false}));
}

TEST(StreamReload, ARunningDestinationTakesAStreamOverAtTheNextStart) {
    for (const auto& own : {events("new", 0), events("new", 3)}) {
        const auto plan =
            plan_stream_reload({own, letters("old", 2)}, {destination("new")}, {destination("new", {"old"})});
        EXPECT_THAT(plan.of_new.takeovers, IsEmpty());
        EXPECT_THAT(plan.of_new.problems, IsEmpty());
        EXPECT_THAT(plan.waiting, ElementsAre("new"));
    }
    const auto plan = plan_stream_reload({events("new", 3), events("old", 0)}, {destination("new", {"old"})},
                                         {destination("new", {"old"})});
    EXPECT_THAT(plan.waiting, IsEmpty());
}

TEST(StreamReload, TwoStreamsDoNotBecomeOneDestinationsThatIsNew) {
    const auto plan =
        plan_stream_reload({events("a", 0), events("b", 1)}, {destination("a")}, {destination("new", {"a", "b"})});
    EXPECT_THAT(plan.of_new.takeovers, IsEmpty());
    EXPECT_EQ(plan.of_new.problems.size(), 1);
}

}  // namespace
}  // namespace pintle::daemon
