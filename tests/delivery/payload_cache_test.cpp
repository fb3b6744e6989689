#include "payload_cache.hpp"

#include <gtest/gtest.h>

#include "records.hpp"

namespace pintle::delivery {
namespace {

TEST(PayloadCache, GivesARecordOnce) {
    PayloadCache cache;
    cache.put(record_of_size(1, 100));
    const auto record = cache.take(1);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->offset(), 1);
    EXPECT_EQ(record->size(), 100);
    EXPECT_FALSE(cache.take(1));
    cache.put(record_of_size(1, 100));
    EXPECT_TRUE(cache.take(1));
}

TEST(PayloadCache, IsFullAtItsLimitOfBytesUntilARecordLeaves) {
    PayloadCache cache(1000);
    cache.put(record_of_size(1, 999));
    EXPECT_FALSE(cache.full());
    cache.take(1);
    cache.put(record_of_size(1, 1000));
    EXPECT_TRUE(cache.full());
    cache.take(1);
    EXPECT_FALSE(cache.full());
}

TEST(PayloadCache, EvictionFreesTheBytesOfTheRecordsThatItNames) {
    PayloadCache cache(1000);
    cache.put(record_of_size(1, 900));
    cache.put(record_of_size(2, 100));
    cache.evict([](const PendingRecord& record) { return record.offset() == 1; });
    EXPECT_FALSE(cache.full());
    EXPECT_FALSE(cache.take(1));
    EXPECT_TRUE(cache.take(2));
}

TEST(PayloadCache, KeepsHalfOfItsBytesForRecordsThatWereNotBlocked) {
    PayloadCache cache(1000);
    cache.put(record_of_size(1, 499), true);
    EXPECT_TRUE(cache.has_room_for_blocked());
    cache.put(record_of_size(2, 100), true);
    EXPECT_FALSE(cache.has_room_for_blocked());
    cache.put(record_of_size(3, 100));
    EXPECT_FALSE(cache.full());
    cache.take(1);
    EXPECT_TRUE(cache.has_room_for_blocked());
}

}  // namespace
}  // namespace pintle::delivery
