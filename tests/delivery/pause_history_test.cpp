#include "pintle/delivery/pause_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "pintle/base/time.hpp"

namespace pintle::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime noon{hours{400'000}};

// Pauses of a minute each, `apart` from the end of one to the beginning of the next; the first begins at noon.
WallTime pause_often(PauseHistory& pauses, int times, milliseconds apart) {
    WallTime now = noon;
    for (int i = 0; i < times; ++i, now += apart) {
        pauses.begin(PauseReason::credentials, "401", now);
        pauses.end(PauseReason::credentials, now += minutes{1});
    }
    return now;
}

TEST(PauseHistory, AnAgeWithoutPausesIsTheTimeSince) {
    const PauseHistory pauses(hours{24});
    EXPECT_EQ(pauses.age(noon, noon + hours{3}), hours{3});
}

TEST(PauseHistory, APauseDoesNotCount) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::credentials, "401", noon);
    pauses.end(PauseReason::credentials, noon + hours{100});
    const WallTime now = noon + hours{101};
    EXPECT_EQ(pauses.age(noon - hours{1}, now), hours{2}) << "received before it";
    EXPECT_EQ(pauses.age(noon + hours{50}, now), hours{1}) << "during it";
    EXPECT_EQ(pauses.age(noon + hours{100} + minutes{30}, now), minutes{30}) << "after it";
}

TEST(PauseHistory, AnOngoingPauseDoesNotCount) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::credentials, "401", noon);
    EXPECT_EQ(pauses.age(noon - minutes{5}, noon + hours{9000}), minutes{5});
}

TEST(PauseHistory, EachReasonBeginsAndEndsOnItsOwn) {
    const Pause by_ada{PauseReason::by_operator, noon + minutes{1}, "maintenance", "ada"};
    const Pause rejected{PauseReason::credentials, noon, "401 Unauthorized"};
    PauseHistory pauses(hours{24});
    EXPECT_THAT(pauses.ongoing(), IsEmpty());
    EXPECT_TRUE(pauses.begin(PauseReason::credentials, "401 Unauthorized", noon));
    EXPECT_TRUE(pauses.begin(PauseReason::by_operator, "maintenance", noon + minutes{1}, "ada"));
    EXPECT_THAT(pauses.ongoing(), ElementsAre(by_ada, rejected)) << "the one that ends last comes first";
    EXPECT_EQ(*pauses.find(PauseReason::credentials), rejected);
    EXPECT_EQ(pauses.find(PauseReason::region_unknown), nullptr);
    EXPECT_TRUE(pauses.end(PauseReason::by_operator, noon + minutes{2}));
    EXPECT_FALSE(pauses.end(PauseReason::by_operator, noon + minutes{3}));
    EXPECT_THAT(pauses.ongoing(), ElementsAre(rejected));
    EXPECT_EQ(pauses.age(noon, noon + hours{1}), hours{0}) << "it is still paused";
    EXPECT_TRUE(pauses.end(PauseReason::credentials, noon + hours{1}));
    EXPECT_EQ(pauses.age(noon, noon + hours{2}), hours{1}) << "from the first beginning to the last end";
}

TEST(PauseHistory, AnOngoingPauseKeepsItsBeginningAndTakesTheMessage) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::by_operator, "maintenance", noon, "ada");
    EXPECT_FALSE(pauses.begin(PauseReason::by_operator, "an incident", noon + hours{1}, "eve"));
    EXPECT_THAT(pauses.ongoing(), ElementsAre(Pause{PauseReason::by_operator, noon, "an incident", "eve"}));
}

TEST(PauseHistory, KeepsWhoPausedItAndAllReasonsAcrossARestart) {
    PauseHistory before(hours{24});
    before.begin(PauseReason::credentials, "401", noon);
    before.begin(PauseReason::by_operator, "a \"quoted\" text", noon + minutes{1}, "ada");
    const PauseHistory after(hours{24}, before.encode(), before.encode_ongoing());
    EXPECT_EQ(after.ongoing(), before.ongoing());
    EXPECT_EQ(after.age(noon, noon + hours{1}), hours{0});
}

TEST(PauseHistory, APauseThatAnEarlierVersionChangedIsAsThatWroteIt) {
    PauseHistory before(hours{24});
    before.begin(PauseReason::by_operator, "maintenance", noon, "ada");
    const auto stale = before.encode_ongoing();
    PauseHistory other(hours{24});
    const auto after = [&] { return PauseHistory(hours{24}, other.encode(), stale).ongoing(); };
    EXPECT_THAT(after(), IsEmpty()) << "it was resumed";
    other.begin(PauseReason::by_operator, "maintenance", noon + hours{1});
    EXPECT_THAT(after(), ElementsAre(Pause{PauseReason::by_operator, noon + hours{1}, "maintenance"}));
    other.end(PauseReason::by_operator, noon + hours{2});
    other.begin(PauseReason::credentials, "401", noon + hours{2});
    EXPECT_THAT(after(), ElementsAre(Pause{PauseReason::credentials, noon + hours{2}, "401"}));
}

TEST(PauseHistory, OngoingPausesThatItCannotReadCountAsNotWritten) {
    PauseHistory before(hours{24});
    before.begin(PauseReason::by_operator, "m", noon, "ada");
    for (const char* text : {"", "x", "{}", "[1]", "[]", R"([{"reason":"operator","message":"m","by":"eve"}])",
                             R"([{"reason":"other","since":1440000000000,"message":"m"}])",
                             R"([{"reason":"operator","since":1,"message":"m","by":"eve"}])"}) {
        EXPECT_THAT(PauseHistory(hours{24}, before.encode(), text).ongoing(),
                    ElementsAre(Pause{PauseReason::by_operator, noon, "m"}))
            << text;
    }
}

TEST(PauseHistory, SurvivesARestart) {
    PauseHistory before(hours{24});
    pause_often(before, 2, hours{1});
    const PauseHistory after(hours{24}, before.encode());
    EXPECT_THAT(after.ongoing(), IsEmpty());
    EXPECT_EQ(after.age(noon - minutes{1}, noon + hours{3}), hours{3} - minutes{1});
}

TEST(PauseHistory, APauseIsStillOngoingAfterARestart) {
    PauseHistory before(hours{24});
    pause_often(before, 1, hours{1});
    before.begin(PauseReason::credentials, "401: Make sure - that you", noon + hours{1});
    PauseHistory after(hours{24}, before.encode());
    EXPECT_THAT(after.ongoing(),
                ElementsAre(Pause{PauseReason::credentials, noon + hours{1}, "401: Make sure - that you"}));
    EXPECT_EQ(after.age(noon + minutes{1}, noon + hours{200}), minutes{59});
    after.end(PauseReason::credentials, noon + hours{200});
    EXPECT_EQ(after.age(noon + minutes{1}, noon + hours{201}), hours{1} + minutes{59});
}

TEST(PauseHistory, IsTextWithAVersion) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::credentials, "401", WallTime{milliseconds{1000}});
    pauses.end(PauseReason::credentials, WallTime{milliseconds{2000}});
    pauses.begin(PauseReason::credentials, "403 Forbidden", WallTime{milliseconds{3000}});
    EXPECT_EQ(pauses.encode(), "2 1000-2000 3000- credentials 403 Forbidden");
}

TEST(PauseHistory, KeepsEachReason) {
    for (const auto reason : pause_reasons) {
        PauseHistory before(hours{24});
        before.begin(reason, "", noon);
        EXPECT_THAT(PauseHistory(hours{24}, before.encode()).ongoing(), ElementsAre(Pause{reason, noon, ""}))
            << code_of(reason);
    }
}

TEST(PauseHistory, WhatItCannotReadCountsAsNothing) {
    for (const char* text :
         {"", "1 1000-2000", "2 1000", "2 x-2000", "2 1000-x", "2 2000-1000", "2 1000-3000 2000-4000",
          "2 1000-2000 1500- credentials 401", "2  1000-2000", "21000-2000", "2 1000- 401 Unauthorized"}) {
        const PauseHistory pauses(hours{24}, text);
        EXPECT_EQ(pauses.encode(), "2") << text;
    }
}

TEST(PauseHistory, RemovesAPauseOnceAllEventsThatWereReceivedBeforeItsEndAreTooOld) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::credentials, "401", noon);
    pauses.end(PauseReason::credentials, noon + hours{1});
    const WallTime later = noon + hours{25};
    pauses.begin(PauseReason::credentials, "401", later);
    pauses.end(PauseReason::credentials, later + hours{100});
    EXPECT_EQ(pauses.age(noon, later + hours{100}), hours{24}) << "the first one counts as long as it may matter";
    pauses.begin(PauseReason::credentials, "401", later + hours{101});
    EXPECT_EQ(pauses.age(noon, later + hours{101}), hours{26});
}

TEST(PauseHistory, StaysSmallAndNeverMakesAnEventOlderForThat) {
    PauseHistory pauses(hours{24});
    const WallTime end = pause_often(pauses, 1000, seconds{10});
    EXPECT_LT(pauses.encode().size(), PauseHistory::max_ended * 32);
    EXPECT_LE(pauses.age(noon, end), 1000 * seconds{10});
    EXPECT_GE(pauses.age(noon, end), (PauseHistory::max_ended - 1) * seconds{10});
}

TEST(PauseHistory, AClockThatIsSetBackCountsNoPauseTwice) {
    PauseHistory pauses(hours{24});
    pauses.begin(PauseReason::credentials, "401", noon);
    pauses.end(PauseReason::credentials, noon + hours{2});
    pauses.begin(PauseReason::credentials, "401", noon + hours{1});
    EXPECT_EQ(pauses.ongoing().front().since, noon + hours{2});
    pauses.end(PauseReason::credentials, noon + hours{1} + minutes{30});
    EXPECT_EQ(pauses.age(noon, noon + hours{3}), hours{1});
    EXPECT_EQ(pauses.age(noon, noon - hours{1}), hours{0});
}

}  // namespace
}  // namespace pintle::delivery
