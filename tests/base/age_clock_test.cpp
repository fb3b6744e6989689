#include "pintle/base/age_clock.hpp"
#include "pintle/base/time.hpp"

#include <gtest/gtest.h>

namespace pintle {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{std::chrono::milliseconds{1'795'478'400'000}};

AgeClock::Reading at(AgeClock::Duration boottime, WallTime wall, const char* boot = "one") {
    return {boot, boottime, wall};
}

TEST(AgeClock, IsTheWallClockAtFirst) {
    const AgeClock clock({}, at(100s, start));
    EXPECT_EQ(clock.at(100s), start);
    EXPECT_EQ(clock.at(160s), start + 60s);
    EXPECT_EQ(clock.ahead(at(160s, start + 60s)), 0s);
}

TEST(AgeClock, DoesNotFollowAWallClockThatIsSet) {
    const AgeClock clock({}, at(100s, start));
    EXPECT_EQ(clock.ahead(at(103s, start + 3s + 25h)), 25h);
    EXPECT_EQ(clock.at(103s), start + 3s);
    EXPECT_EQ(clock.ahead(at(106s, start + 6s - 25h)), -25h);
    EXPECT_EQ(clock.at(106s), start + 6s);
}

TEST(AgeClock, GoesOnExactlyInALaterProcessOfTheSameBoot) {
    const AgeClock first({}, at(100s, start));
    const auto kept = first.keep(at(103s, start + 3s));
    for (const auto jump : {0h, 25h, -25h}) {
        const AgeClock second(kept, at(200s, start + 100s + jump));
        EXPECT_EQ(second.at(200s), start + 100s);
        EXPECT_EQ(AgeClock(second.keep(at(210s, start)), at(300s, start)).at(300s), start + 200s);
    }
}

TEST(AgeClock, BelievesTheWallClockOverAReboot) {
    const AgeClock first({}, at(100s, start));
    const AgeClock second(first.keep(at(110s, start + 10s)), at(5s, start + 1h, "two"));
    EXPECT_EQ(second.at(5s), start + 1h);
    EXPECT_EQ(second.at(10s), start + 1h + 5s);
}

TEST(AgeClock, LessWhatItWasAheadByBefore) {
    const AgeClock first({}, at(100s, start));
    const AgeClock second(first.keep(at(110s, start + 10s + 25h)), at(5s, start + 25h + 1h, "two"));
    EXPECT_EQ(second.at(5s), start + 1h);
}

TEST(AgeClock, NeverGoesBackOverAReboot) {
    const AgeClock first({}, at(100s, start));
    const AgeClock second(first.keep(at(110s, start + 10s)), at(5s, WallTime{}, "two"));
    EXPECT_EQ(second.at(5s), start + 10s);
}

TEST(AgeClock, OfAnUnknownBootIsThatOfAnother) {
    const AgeClock first({}, at(100s, start, ""));
    const AgeClock second(first.keep(at(110s, start + 10s, "")), at(5s, start + 1h, ""));
    EXPECT_EQ(second.at(5s), start + 1h);
}

TEST(AgeClock, OfATextThatCannotBeReadBeginsAnew) {
    for (const auto* text : {"", "2 one 1 2 3", "1 one 1 2", "1 one x 2 3"}) {
        EXPECT_EQ(AgeClock(text, at(100s, start)).at(100s), start) << text;
    }
}

TEST(AgeClock, HasRecordsSayTheirAgeOnlyWhereTheClocksDisagree) {
    EXPECT_EQ(age_start(start, start + 900ms), WallTime{});
    EXPECT_EQ(age_start(start, start - 900ms), WallTime{});
    EXPECT_EQ(age_start(start, start + 25h), start);
    EXPECT_EQ(age_start(start, start - 25h), start);
}

TEST(AgeClock, OfThisMachineRunsAsItsSteadyClock) {
    const AgeClock clock({}, read_clocks());
    const auto before = clock.now();
    EXPECT_LT(std::chrono::abs(before - read_clocks().wall), 5s);
    EXPECT_GE(clock.now(), before);
    EXPECT_FALSE(read_clocks().boot.empty());
}

}  // namespace
}  // namespace pintle
