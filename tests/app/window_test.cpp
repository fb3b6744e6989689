#include "app/window.hpp"

#include <gtest/gtest.h>

namespace pintle::app {
namespace {

TEST(Window, GivesARecordsBytesOnceAndKeepsItsPlace) {
    Window window;
    window.put(1, "one");
    EXPECT_EQ(window.take(1), "one");
    EXPECT_EQ(window.take(1), "") << "parked, as if its bytes had been dropped";
    window.put(1, "one");
    EXPECT_EQ(window.take(1), "one");
}

TEST(Window, IsFullAtItsLimitOfBytesUntilSomethingLeaves) {
    Window window;
    window.put(1, std::string(Window::max_bytes, 'x'));
    EXPECT_TRUE(window.full());
    EXPECT_TRUE(window.heavy());
    window.erase(1);
    EXPECT_FALSE(window.full());
}

TEST(Window, ParkingFreesTheBytesOfThoseThatWaitLong) {
    Window window;
    window.put(1, std::string(Window::max_bytes, 'x'));
    window.put(2, "two");
    window.park([](journal::Position position) { return position == 1; });
    EXPECT_FALSE(window.heavy());
    EXPECT_EQ(window.take(1), "");
    EXPECT_EQ(window.take(2), "two");
}

TEST(Window, IsFullAtItsLimitOfRecordsThoughAllAreParked) {
    Window window;
    for (journal::Position position = 1; position <= Window::max_records; ++position) window.put(position, "x");
    window.park([](journal::Position) { return true; });
    EXPECT_TRUE(window.full());
    EXPECT_FALSE(window.heavy());
}

}  // namespace
}  // namespace pintle::app
