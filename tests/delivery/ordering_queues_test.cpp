#include "ordering_queues.hpp"

#include <gmock/gmock.h>

namespace pintle::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t anon_a = 100;

std::vector<Offset> delivered(OrderingQueues& queues, Offset offset) {
    std::vector<Offset> ready;
    queues.remove(offset, ready);
    return ready;
}

TEST(OrderingQueues, RecordsOfOnePersonGoOneAfterAnother) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {7, 0, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {7, 0, 0}}), Enqueued::blocked);
    EXPECT_EQ(queues.enqueue({3, {7, 0, 0}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 1), ElementsAre(2));
    EXPECT_THAT(delivered(queues, 2), ElementsAre(3));
    EXPECT_THAT(delivered(queues, 3), IsEmpty());
}

TEST(OrderingQueues, DifferentPersonsDoNotBlockEachOther) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {7, 0, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {8, 0, 0}}), Enqueued::ready);
}

TEST(OrderingQueues, RecordsWithoutKeysAreNeverBlocked) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {}}), Enqueued::ready);
    EXPECT_THAT(delivered(queues, 1), IsEmpty());
}

TEST(OrderingQueues, AnAnonymousEventAndTheIdentifyThatNamesItStayInOrder) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {0, anon_a, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {7, anon_a, 0}}), Enqueued::blocked);
    EXPECT_EQ(queues.enqueue({3, {7, 0, 0}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 1), ElementsAre(2));
    EXPECT_THAT(delivered(queues, 2), ElementsAre(3));
}

TEST(OrderingQueues, ThePreviousIdBlocksAnAliasWhicheverKindItWas) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {0, anon_a, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {8, 0, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({3, {7, 0, anon_a}}), Enqueued::blocked);
    EXPECT_EQ(queues.enqueue({4, {9, 0, 8}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 1), ElementsAre(3));
    EXPECT_THAT(delivered(queues, 2), ElementsAre(4));
}

TEST(OrderingQueues, ARecordIsBlockedUntilTheLastOfItsQueuesReleasesIt) {
    OrderingQueues queues;
    queues.enqueue({1, {7, 0, 0}});
    queues.enqueue({2, {0, anon_a, 0}});
    EXPECT_EQ(queues.enqueue({3, {7, anon_a, 0}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 2), IsEmpty());
    EXPECT_THAT(delivered(queues, 1), ElementsAre(3));
}

TEST(OrderingQueues, ReleasesSeveralOldestFirst) {
    OrderingQueues queues;
    queues.enqueue({1, {7, anon_a, 0}});
    queues.enqueue({2, {0, anon_a, 0}});
    queues.enqueue({3, {7, 0, 0}});
    EXPECT_THAT(delivered(queues, 1), ElementsAre(2, 3));
}

TEST(OrderingQueues, AKeyThatARecordHasTwiceCountsOnce) {
    OrderingQueues queues;
    EXPECT_EQ(queues.enqueue({1, {7, 7, 7}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({2, {7, 7, 0}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 1), ElementsAre(2));
    EXPECT_THAT(delivered(queues, 2), IsEmpty());
    EXPECT_EQ(queues.size(), 0);
}

TEST(OrderingQueues, AQueueThatEmptiedStartsOver) {
    OrderingQueues queues;
    queues.enqueue({1, {7, 0, 0}});
    delivered(queues, 1);
    EXPECT_EQ(queues.enqueue({2, {7, 0, 0}}), Enqueued::ready);
}

TEST(OrderingQueues, RemovingAnUnknownRecordDoesNothing) {
    OrderingQueues queues;
    queues.enqueue({1, {7, 0, 0}});
    EXPECT_THAT(delivered(queues, 2), IsEmpty());
    EXPECT_EQ(queues.size(), 1);
}

TEST(OrderingQueues, TheHeadsAreTheRecordsThatAreNotBlocked) {
    OrderingQueues queues;
    EXPECT_THAT(queues.queue_heads({7, 0, 0}), IsEmpty());
    queues.enqueue({1, {7, 0, 0}});
    queues.enqueue({2, {7, 0, 0}});
    queues.enqueue({3, {0, anon_a, 0}});
    queues.enqueue({4, {7, anon_a, 0}});
    EXPECT_THAT(queues.queue_heads({7, anon_a, 0}), ElementsAre(1, 3));
    delivered(queues, 1);
    EXPECT_THAT(queues.queue_heads({7, anon_a, 0}), ElementsAre(2, 3));
    EXPECT_THAT(queues.queue_heads({8, 0, 0}), IsEmpty());
}

TEST(OrderingQueues, TheHeadsAreFoundThroughOtherQueues) {
    OrderingQueues queues;
    queues.enqueue({1, {7, 0, 0}});
    queues.enqueue({2, {7, anon_a, 0}});
    queues.enqueue({3, {0, anon_a, 0}});
    EXPECT_THAT(queues.queue_heads({0, anon_a, 0}), ElementsAre(1));
}

// Offsets 1 to `persons`, each of another person, all with the same anonymous id.
void enqueue_persons(OrderingQueues& queues, Offset persons) {
    for (Offset p = 1; p <= persons; ++p) queues.enqueue({p, {p, anon_a, 0}});
}

TEST(OrderingQueues, AnAnonymousIdOfEightPersonsIsAKey) {
    OrderingQueues queues;
    enqueue_persons(queues, 8);
    EXPECT_EQ(queues.ids_excluded_from_ordering(), 0);
    EXPECT_EQ(queues.enqueue({9, {1, anon_a, 0}}), Enqueued::blocked);
    EXPECT_EQ(queues.enqueue({10, {0, anon_a, 0}}), Enqueued::blocked);
}

TEST(OrderingQueues, AnAnonymousIdOfMoreThanEightPersonsIsNoKeyOfEventsWithAPerson) {
    OrderingQueues queues;
    enqueue_persons(queues, 8);
    EXPECT_EQ(queues.enqueue({9, {9, anon_a, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({10, {10, anon_a, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.ids_excluded_from_ordering(), 1);
}

TEST(OrderingQueues, ASharedIdStillOrdersEventsWithoutAPerson) {
    OrderingQueues queues;
    enqueue_persons(queues, 9);
    EXPECT_EQ(queues.enqueue({10, {0, anon_a, 0}}), Enqueued::blocked);
    EXPECT_EQ(queues.enqueue({11, {0, anon_a, 0}}), Enqueued::blocked);
}

TEST(OrderingQueues, ASharedIdLeavesThePersonsQueueInOrder) {
    OrderingQueues queues;
    enqueue_persons(queues, 9);
    EXPECT_EQ(queues.enqueue({10, {9, anon_a, 0}}), Enqueued::blocked);
    EXPECT_THAT(delivered(queues, 9), ElementsAre(10));
}

TEST(OrderingQueues, ASharedPreviousIdIsNoKeyEither) {
    OrderingQueues queues;
    for (Offset p = 1; p <= 8; ++p) queues.enqueue({p, {p, 0, anon_a}});
    EXPECT_EQ(queues.enqueue({9, {9, 0, anon_a}}), Enqueued::ready);
}

TEST(OrderingQueues, OnlyPersonsInMemoryCount) {
    OrderingQueues queues;
    enqueue_persons(queues, 8);
    delivered(queues, 1);
    EXPECT_EQ(queues.enqueue({9, {9, anon_a, 0}}), Enqueued::blocked);
    EXPECT_EQ(queues.ids_excluded_from_ordering(), 0);
}

TEST(OrderingQueues, ASharedIdStaysSharedUntilNoRecordNamesIt) {
    OrderingQueues queues;
    enqueue_persons(queues, 9);
    queues.enqueue({10, {0, anon_a, 0}});
    for (Offset p = 1; p <= 9; ++p) delivered(queues, p);
    EXPECT_EQ(queues.enqueue({11, {1, anon_a, 0}}), Enqueued::ready);
    delivered(queues, 10);
    delivered(queues, 11);
    EXPECT_EQ(queues.enqueue({12, {1, anon_a, 0}}), Enqueued::ready);
    EXPECT_EQ(queues.enqueue({13, {2, anon_a, 0}}), Enqueued::blocked);
}

}  // namespace
}  // namespace pintle::delivery
