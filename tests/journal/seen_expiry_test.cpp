#include <chrono>

#include <gmock/gmock.h>

#include "journal/seen.hpp"

namespace pintle::journal {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime start{std::chrono::milliseconds(1'700'000'000'000)};

TEST(SeenExpiry, ForgetsWhatIsOlderThanTheWindowNowAndThen) {
    SeenExpiry expiry(hours(1));
    EXPECT_EQ(expiry.due(1, start), std::nullopt);
    EXPECT_EQ(expiry.due(1, start + minutes(1)), std::nullopt);
    EXPECT_EQ(expiry.due(1, start + minutes(2)), start + minutes(2) - hours(1));
    EXPECT_EQ(expiry.due(1, start + minutes(3)), std::nullopt);
}

TEST(SeenExpiry, ForgetsEarlierOnesOnceTwoMillionNewerAreRemembered) {
    SeenExpiry expiry(hours(1000));
    EXPECT_EQ(expiry.due(2'000'000, start), std::nullopt);
    EXPECT_EQ(expiry.due(1'999'999, start + minutes(1)), std::nullopt);
    EXPECT_EQ(expiry.due(1, start + minutes(2)), start);
}

TEST(SeenExpiry, HasNothingToForgetWithoutAWindow) {
    SeenExpiry expiry(hours(0));
    EXPECT_FALSE(expiry.remembers());
    EXPECT_EQ(expiry.due(5'000'000, start), std::nullopt);
    EXPECT_EQ(expiry.due(5'000'000, start + hours(1)), std::nullopt);
}

}  // namespace
}  // namespace pintle::journal
