#include "pintle/schedule/hold_history.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

constexpr WallTime noon{hours{400'000}};

// Holds of a minute each, `apart` from the end of one to the beginning of the next; the first begins at noon.
WallTime hold_often(HoldHistory& holds, int times, milliseconds apart) {
    WallTime now = noon;
    for (int i = 0; i < times; ++i, now += apart) {
        holds.begin("401", now);
        holds.end(now += minutes{1});
    }
    return now;
}

TEST(HoldHistory, AnAgeWithoutHoldsIsTheTimeSince) {
    const HoldHistory holds(hours{24});
    EXPECT_EQ(holds.age(noon, noon + hours{3}), hours{3});
}

TEST(HoldHistory, AHoldDoesNotCount) {
    HoldHistory holds(hours{24});
    holds.begin("401", noon);
    holds.end(noon + hours{100});
    const WallTime now = noon + hours{101};
    EXPECT_EQ(holds.age(noon - hours{1}, now), hours{2}) << "received before it";
    EXPECT_EQ(holds.age(noon + hours{50}, now), hours{1}) << "during it";
    EXPECT_EQ(holds.age(noon + hours{100} + minutes{30}, now), minutes{30}) << "after it";
}

TEST(HoldHistory, NorDoesOneThatGoesOn) {
    HoldHistory holds(hours{24});
    holds.begin("401", noon);
    EXPECT_EQ(holds.age(noon - minutes{5}, noon + hours{9000}), minutes{5});
}

TEST(HoldHistory, SaysSinceWhenAndWhyItIsHeld) {
    HoldHistory holds(hours{24});
    EXPECT_FALSE(holds.ongoing());
    EXPECT_TRUE(holds.begin("401 Unauthorized", noon));
    EXPECT_FALSE(holds.begin("403 Forbidden", noon + minutes{1})) << "no news";
    ASSERT_TRUE(holds.ongoing());
    EXPECT_EQ(holds.ongoing()->since, noon);
    EXPECT_EQ(holds.ongoing()->reason, "403 Forbidden");
    EXPECT_TRUE(holds.end(noon + minutes{2}));
    EXPECT_FALSE(holds.end(noon + minutes{3}));
    EXPECT_FALSE(holds.ongoing());
}

TEST(HoldHistory, SurvivesARestart) {
    HoldHistory before(hours{24});
    hold_often(before, 2, hours{1});
    const HoldHistory after(hours{24}, before.encode());
    EXPECT_FALSE(after.ongoing());
    EXPECT_EQ(after.age(noon - minutes{1}, noon + hours{3}), hours{3} - minutes{1});
}

TEST(HoldHistory, AHoldGoesOnWhileNobodyWasThereToAsk) {
    HoldHistory before(hours{24});
    hold_often(before, 1, hours{1});
    before.begin("401: Make sure - that you", noon + hours{1});
    HoldHistory after(hours{24}, before.encode());
    ASSERT_TRUE(after.ongoing());
    EXPECT_EQ(after.ongoing()->since, noon + hours{1});
    EXPECT_EQ(after.ongoing()->reason, "401: Make sure - that you");
    EXPECT_EQ(after.age(noon + minutes{1}, noon + hours{200}), minutes{59});
    after.end(noon + hours{200});
    EXPECT_EQ(after.age(noon + minutes{1}, noon + hours{201}), hours{1} + minutes{59});
}

TEST(HoldHistory, IsTextWithAVersion) {
    HoldHistory holds(hours{24});
    holds.begin("401", WallTime{milliseconds{1000}});
    holds.end(WallTime{milliseconds{2000}});
    holds.begin("403 Forbidden", WallTime{milliseconds{3000}});
    EXPECT_EQ(holds.encode(), "1 1000-2000 3000- 403 Forbidden");
}

TEST(HoldHistory, WhatItCannotReadCountsAsNothing) {
    for (const char* text : {"", "2 1000-2000", "1 1000", "1 x-2000", "1 1000-x", "1 2000-1000",
                             "1 1000-3000 2000-4000", "1 1000-2000 1500- 401", "1  1000-2000", "11000-2000"}) {
        const HoldHistory holds(hours{24}, text);
        EXPECT_EQ(holds.encode(), "1") << text;
    }
}

TEST(HoldHistory, ForgetsAHoldOnceNothingReceivedBeforeItsEndCanStillBeYoung) {
    HoldHistory holds(hours{24});
    holds.begin("401", noon);
    holds.end(noon + hours{1});
    const WallTime later = noon + hours{25};
    holds.begin("401", later);
    holds.end(later + hours{100});
    EXPECT_EQ(holds.age(noon, later + hours{100}), hours{24}) << "the first one counts as long as it may matter";
    holds.begin("401", later + hours{101});
    EXPECT_EQ(holds.age(noon, later + hours{101}), hours{26});
}

TEST(HoldHistory, StaysSmallAndErrsToTheSideOfTryingLonger) {
    HoldHistory holds(hours{24});
    const WallTime end = hold_often(holds, 1000, seconds{10});
    EXPECT_LT(holds.encode().size(), HoldHistory::max_kept * 32);
    EXPECT_LE(holds.age(noon, end), 1000 * seconds{10});
    EXPECT_GE(holds.age(noon, end), (HoldHistory::max_kept - 1) * seconds{10});
}

TEST(HoldHistory, AWallClockThatIsSetBackMakesNoHoldTwice) {
    HoldHistory holds(hours{24});
    holds.begin("401", noon);
    holds.end(noon + hours{2});
    holds.begin("401", noon + hours{1});
    EXPECT_EQ(holds.ongoing()->since, noon + hours{2});
    holds.end(noon + hours{1} + minutes{30});
    EXPECT_EQ(holds.age(noon, noon + hours{3}), hours{1});
    EXPECT_EQ(holds.age(noon, noon - hours{1}), hours{0});
}

}  // namespace
}  // namespace pintle::schedule
