#include <gtest/gtest.h>

#include "pintle/base/retry_after.hpp"
#include "pintle/base/time.hpp"

namespace pintle {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr WallTime then{seconds{784111777}};

TEST(RetryAfter, IsANumberOfSeconds) {
    EXPECT_EQ(read_retry_after("0", then), seconds{0});
    EXPECT_EQ(read_retry_after("120", then), seconds{120});
    EXPECT_EQ(read_retry_after(" 007 \t", then), seconds{7});
    EXPECT_EQ(read_retry_after("31536000", then), hours{24 * 365});
}

TEST(RetryAfter, IsADateInEachOfHttpsForms) {
    for (const char* date :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        EXPECT_EQ(read_retry_after(date, then - seconds{90}), seconds{90}) << date;
        EXPECT_EQ(read_retry_after(date, then - milliseconds{1}), milliseconds{1}) << date;
    }
    EXPECT_EQ(read_retry_after("Wed Nov 16 08:49:37 1994", then), hours{240});
}

TEST(RetryAfter, ADateThatIsOverIsNow) {
    EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then + hours{1}), seconds{0});
}

TEST(RetryAfter, AYearOfTwoDigitsIsTheNearerCentury) {
    constexpr WallTime in_2026{seconds{1'767'225'600}};
    EXPECT_EQ(read_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", in_2026), seconds{0});
    EXPECT_GT(read_retry_after("Friday, 06-Nov-37 08:49:37 GMT", in_2026), hours{24 * 365});
}

TEST(RetryAfter, IsNothingWhereItIsNeither) {
    for (const char* garbage :
         {"", " ", "-5", "+5", "1.5", "1e3", "5s", "0x10", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
          "Sun, 06 Nov 1994 08:49:37 GMT GMT", "1994-11-06T08:49:37Z"}) {
        EXPECT_EQ(read_retry_after(garbage, then), std::nullopt) << garbage;
    }
}

TEST(RetryAfter, OfAnyLengthDoesNotOverflow) {
    EXPECT_GT(read_retry_after("9223372036854775807", then), hours{24 * 365});
    EXPECT_GT(read_retry_after(std::string(1000, '9'), then), hours{24 * 365});
    EXPECT_GT(read_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", then), hours{24 * 365});
}

}  // namespace
}  // namespace pintle
