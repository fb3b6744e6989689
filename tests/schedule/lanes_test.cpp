#include "pintle/schedule/lanes.hpp"

#include <gmock/gmock.h>

namespace pintle::schedule {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t anon_a = 100;

std::vector<Position> settled(Lanes& lanes, Position position) {
    std::vector<Position> ready;
    lanes.settle(position, ready);
    return ready;
}

TEST(Lanes, RecordsOfOnePersonGoOneAfterAnother) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {7, 0, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {7, 0, 0}}), Admission::blocked);
    EXPECT_EQ(lanes.admit({3, {7, 0, 0}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 1), ElementsAre(2));
    EXPECT_THAT(settled(lanes, 2), ElementsAre(3));
    EXPECT_THAT(settled(lanes, 3), IsEmpty());
}

TEST(Lanes, DifferentPersonsDoNotWaitForEachOther) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {7, 0, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {8, 0, 0}}), Admission::ready);
}

TEST(Lanes, RecordsWithoutKeysWaitForNobody) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {}}), Admission::ready);
    EXPECT_THAT(settled(lanes, 1), IsEmpty());
}

TEST(Lanes, AnAnonymousEventAndTheIdentifyThatNamesItStayInOrder) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {0, anon_a, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {7, anon_a, 0}}), Admission::blocked);
    EXPECT_EQ(lanes.admit({3, {7, 0, 0}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 1), ElementsAre(2));
    EXPECT_THAT(settled(lanes, 2), ElementsAre(3));
}

TEST(Lanes, AnAliasWaitsForThePreviousIdWhicheverKindItWas) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {0, anon_a, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {8, 0, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({3, {7, 0, anon_a}}), Admission::blocked);
    EXPECT_EQ(lanes.admit({4, {9, 0, 8}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 1), ElementsAre(3));
    EXPECT_THAT(settled(lanes, 2), ElementsAre(4));
}

TEST(Lanes, ARecordWaitsForTheLastOfAllItsLanes) {
    Lanes lanes;
    lanes.admit({1, {7, 0, 0}});
    lanes.admit({2, {0, anon_a, 0}});
    EXPECT_EQ(lanes.admit({3, {7, anon_a, 0}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 2), IsEmpty());
    EXPECT_THAT(settled(lanes, 1), ElementsAre(3));
}

TEST(Lanes, ReleasesSeveralOldestFirst) {
    Lanes lanes;
    lanes.admit({1, {7, anon_a, 0}});
    lanes.admit({2, {0, anon_a, 0}});
    lanes.admit({3, {7, 0, 0}});
    EXPECT_THAT(settled(lanes, 1), ElementsAre(2, 3));
}

TEST(Lanes, AKeyThatARecordHasTwiceCountsOnce) {
    Lanes lanes;
    EXPECT_EQ(lanes.admit({1, {7, 7, 7}}), Admission::ready);
    EXPECT_EQ(lanes.admit({2, {7, 7, 0}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 1), ElementsAre(2));
    EXPECT_THAT(settled(lanes, 2), IsEmpty());
    EXPECT_EQ(lanes.size(), 0);
}

TEST(Lanes, ALaneThatEmptiedBeginsAnew) {
    Lanes lanes;
    lanes.admit({1, {7, 0, 0}});
    settled(lanes, 1);
    EXPECT_EQ(lanes.admit({2, {7, 0, 0}}), Admission::ready);
}

TEST(Lanes, SettlingWhatIsNotThereDoesNothing) {
    Lanes lanes;
    lanes.admit({1, {7, 0, 0}});
    EXPECT_THAT(settled(lanes, 2), IsEmpty());
    EXPECT_EQ(lanes.size(), 1);
}

TEST(Lanes, TheForemostAreThoseThatWaitForNothing) {
    Lanes lanes;
    EXPECT_THAT(lanes.foremost({7, 0, 0}), IsEmpty());
    lanes.admit({1, {7, 0, 0}});
    lanes.admit({2, {7, 0, 0}});
    lanes.admit({3, {0, anon_a, 0}});
    lanes.admit({4, {7, anon_a, 0}});
    EXPECT_THAT(lanes.foremost({7, anon_a, 0}), ElementsAre(1, 3));
    settled(lanes, 1);
    EXPECT_THAT(lanes.foremost({7, anon_a, 0}), ElementsAre(2, 3));
    EXPECT_THAT(lanes.foremost({8, 0, 0}), IsEmpty());
}

TEST(Lanes, TheForemostAreFoundThroughOtherLanes) {
    Lanes lanes;
    lanes.admit({1, {7, 0, 0}});
    lanes.admit({2, {7, anon_a, 0}});
    lanes.admit({3, {0, anon_a, 0}});
    EXPECT_THAT(lanes.foremost({0, anon_a, 0}), ElementsAre(1));
}

// Positions 1 to `persons`, each of a person of its own, all with the same anonymous id.
void admit_persons(Lanes& lanes, Position persons) {
    for (Position p = 1; p <= persons; ++p) lanes.admit({p, {p, anon_a, 0}});
}

TEST(Lanes, AnAnonymousIdOfEightPersonsIsAKey) {
    Lanes lanes;
    admit_persons(lanes, 8);
    EXPECT_EQ(lanes.shared_ids(), 0);
    EXPECT_EQ(lanes.admit({9, {1, anon_a, 0}}), Admission::blocked);
    EXPECT_EQ(lanes.admit({10, {0, anon_a, 0}}), Admission::blocked);
}

TEST(Lanes, AnAnonymousIdOfMoreThanEightPersonsIsNoKeyOfEventsWithAPerson) {
    Lanes lanes;
    admit_persons(lanes, 8);
    EXPECT_EQ(lanes.admit({9, {9, anon_a, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({10, {10, anon_a, 0}}), Admission::ready);
    EXPECT_EQ(lanes.shared_ids(), 1);
}

TEST(Lanes, ASharedIdStillOrdersEventsWithoutAPerson) {
    Lanes lanes;
    admit_persons(lanes, 9);
    EXPECT_EQ(lanes.admit({10, {0, anon_a, 0}}), Admission::blocked);
    EXPECT_EQ(lanes.admit({11, {0, anon_a, 0}}), Admission::blocked);
}

TEST(Lanes, ASharedIdLeavesThePersonsLaneInOrder) {
    Lanes lanes;
    admit_persons(lanes, 9);
    EXPECT_EQ(lanes.admit({10, {9, anon_a, 0}}), Admission::blocked);
    EXPECT_THAT(settled(lanes, 9), ElementsAre(10));
}

TEST(Lanes, ASharedPreviousIdIsNoKeyEither) {
    Lanes lanes;
    for (Position p = 1; p <= 8; ++p) lanes.admit({p, {p, 0, anon_a}});
    EXPECT_EQ(lanes.admit({9, {9, 0, anon_a}}), Admission::ready);
}

TEST(Lanes, OnlyPersonsInTheWindowCount) {
    Lanes lanes;
    admit_persons(lanes, 8);
    settled(lanes, 1);
    EXPECT_EQ(lanes.admit({9, {9, anon_a, 0}}), Admission::blocked);
    EXPECT_EQ(lanes.shared_ids(), 0);
}

TEST(Lanes, ASharedIdStaysSharedUntilNoRecordNamesIt) {
    Lanes lanes;
    admit_persons(lanes, 9);
    lanes.admit({10, {0, anon_a, 0}});
    for (Position p = 1; p <= 9; ++p) settled(lanes, p);
    EXPECT_EQ(lanes.admit({11, {1, anon_a, 0}}), Admission::ready);
    settled(lanes, 10);
    settled(lanes, 11);
    EXPECT_EQ(lanes.admit({12, {1, anon_a, 0}}), Admission::ready);
    EXPECT_EQ(lanes.admit({13, {2, anon_a, 0}}), Admission::blocked);
}

}  // namespace
}  // namespace pintle::schedule
