#include "pintle/delivery/payload_cache.hpp"

#include <gtest/gtest.h>

namespace pintle::delivery {
namespace {

TEST(PayloadCache, GivesARecordsBytesOnce) {
    PayloadCache window;
    window.put(1, "one");
    EXPECT_EQ(window.take(1), "one");
    EXPECT_EQ(window.take(1), "") << "as if it were parked";
    window.put(1, "one");
    EXPECT_EQ(window.take(1), "one");
}

TEST(PayloadCache, IsFullAtItsLimitOfBytesUntilSomethingLeaves) {
    PayloadCache window(1000);
    window.put(1, std::string(1000, 'x'));
    EXPECT_TRUE(window.full());
    window.take(1);
    EXPECT_FALSE(window.full());
}

TEST(PayloadCache, ParkingFreesTheBytesOfThoseThatWaitLong) {
    PayloadCache window(1000);
    window.put(1, std::string(1000, 'x'));
    window.put(2, "two");
    window.evict([](journal::Offset offset, const std::string& bytes) { return offset == 1 && bytes.size() == 1000; });
    EXPECT_FALSE(window.full());
    EXPECT_EQ(window.take(1), "");
    EXPECT_EQ(window.take(2), "two");
}

TEST(PayloadCache, KeepsHalfOfItsBytesForRecordsThatCameInBehindNoOther) {
    PayloadCache window(1000);
    window.put(1, std::string(499, 'x'), true);
    EXPECT_TRUE(window.has_room_for_blocked());
    window.put(2, "two", true);
    EXPECT_FALSE(window.has_room_for_blocked());
    window.put(3, std::string(100, 'x'));
    EXPECT_FALSE(window.full());
    window.take(1);
    EXPECT_TRUE(window.has_room_for_blocked());
}

}  // namespace
}  // namespace pintle::delivery
