#include "pintle/http/server/memory_budget.hpp"

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

TEST(MemoryBudget, IsSharedByAll) {
    MemoryBudget budget(10);
    MemoryLease one(budget);
    MemoryLease other(budget);
    EXPECT_TRUE(one.resize(6));
    EXPECT_TRUE(other.resize(4));
    EXPECT_FALSE(other.resize(5));
    EXPECT_EQ(other.bytes(), 4U);
    EXPECT_EQ(budget.held(), 10U);
}

TEST(MemoryBudget, GetsBackWhatIsNoLongerHeld) {
    MemoryBudget budget(10);
    {
        MemoryLease gone(budget);
        ASSERT_TRUE(gone.resize(6));
        MemoryLease stays(budget);
        ASSERT_TRUE(stays.resize(4));
        EXPECT_TRUE(stays.resize(1));
        EXPECT_EQ(budget.held(), 7U);
    }
    EXPECT_EQ(budget.held(), 0U);
}

TEST(MemoryBudget, CountsWhatIsInUseEvenBeyondTheLimit) {
    MemoryBudget budget(10);
    MemoryLease lease(budget);
    lease.set(12);
    EXPECT_EQ(budget.held(), 12U);
    EXPECT_FALSE(MemoryLease(budget).resize(1));
    EXPECT_TRUE(lease.resize(10));
}

TEST(MemoryBudget, OfAPartIsAlsoTakenFromTheWhole) {
    MemoryBudget whole(10);
    MemoryBudget part(8, &whole);
    {
        MemoryLease reading(part);
        EXPECT_TRUE(reading.resize(8));
        EXPECT_EQ(whole.held(), 8U);
        EXPECT_FALSE(reading.resize(9)) << "the rest of the whole is for others";
        EXPECT_TRUE(MemoryLease(whole).resize(2));
    }
    EXPECT_EQ(part.held(), 0U);
    EXPECT_EQ(whole.held(), 0U);
}

TEST(MemoryBudget, OfAPartIsLimitedByTheWhole) {
    MemoryBudget whole(10);
    MemoryBudget part(8, &whole);
    MemoryLease processing(whole);
    ASSERT_TRUE(processing.resize(7)) << "what the part does not use is everybody's";
    MemoryLease reading(part);
    EXPECT_FALSE(reading.resize(4));
    EXPECT_EQ(part.held(), 0U);
    EXPECT_EQ(whole.held(), 7U);
    EXPECT_TRUE(reading.resize(3));
}

TEST(MemoryBudget, IsExceededWhereAPartOrTheWholeIs) {
    MemoryBudget whole(10);
    MemoryBudget part(6, &whole);
    EXPECT_FALSE(part.is_exceeded());
    part.take(7);
    EXPECT_TRUE(part.is_exceeded());
    EXPECT_FALSE(part.is_exceeded(0, 1));
    EXPECT_FALSE(whole.is_exceeded());
    part.give_back(7);
    whole.take(11);
    EXPECT_TRUE(part.is_exceeded());
    EXPECT_FALSE(part.is_exceeded(0, 1));
    EXPECT_TRUE(part.is_exceeded(1, 1));
    whole.give_back(11);
}

TEST(MemoryLease, IsGivenBackOnceHoweverOftenItMoves) {
    MemoryBudget budget(10);
    {
        MemoryLease lease(budget);
        ASSERT_TRUE(lease.resize(6));
        const MemoryLease moved(std::move(lease));
        EXPECT_EQ(budget.held(), 6U);
    }
    EXPECT_EQ(budget.held(), 0U);
}

TEST(MemoryLease, MovesToAnotherBudget) {
    MemoryBudget before(10);
    MemoryBudget behind(10);
    {
        MemoryLease lease(before);
        ASSERT_TRUE(lease.resize(6));
        lease.move_to(behind);
        EXPECT_EQ(before.held(), 0U);
        EXPECT_EQ(behind.held(), 6U);
    }
    EXPECT_EQ(behind.held(), 0U);
}

}  // namespace
}  // namespace pintle::http
