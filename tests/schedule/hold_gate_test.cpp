#include "schedule/hold_gate.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

class AHoldGate : public testing::Test {
protected:
    void refuse(int requests) {
        for (int i = 0; i < requests; ++i) gate.refuse("401", true, start);
    }
    void hold() {
        refuse(3);
        ASSERT_TRUE(gate.decide(true, true, start));
    }

    HoldGate gate{seconds{30}};
};

TEST_F(AHoldGate, HoldsWhenSeveralRequestsAreRefused) {
    EXPECT_FALSE(gate.decide(false, false, start)) << "none was";
    refuse(2);
    EXPECT_TRUE(gate.suspects());
    EXPECT_FALSE(gate.decide(true, false, start));
    refuse(1);
    EXPECT_FALSE(gate.held());
    EXPECT_TRUE(gate.decide(true, false, start));
    EXPECT_TRUE(gate.held());
    EXPECT_FALSE(gate.suspects());
}

TEST_F(AHoldGate, HoldsWhenTheOnlyOneThereIsIsRefused) {
    refuse(1);
    EXPECT_FALSE(gate.decide(false, true, start)) << "there is another";
    EXPECT_TRUE(gate.decide(false, false, start));
}

TEST_F(AHoldGate, WaitsNoLongerThanAnIntervalForOthersThatFail) {
    refuse(1);
    EXPECT_FALSE(gate.decide(false, true, start + milliseconds{29'999}));
    EXPECT_FALSE(gate.decide(true, true, start + seconds{30}));
    EXPECT_TRUE(gate.decide(false, true, start + seconds{30}));
}

TEST_F(AHoldGate, CountsNoRecordTwice) {
    refuse(1);
    for (int i = 0; i < 10; ++i) gate.refuse("401", false, start);
    EXPECT_FALSE(gate.decide(true, true, start));
}

TEST_F(AHoldGate, SuspectsNothingAfterASuccess) {
    refuse(2);
    gate.release();
    EXPECT_FALSE(gate.suspects());
    refuse(2);
    EXPECT_FALSE(gate.decide(true, true, start));
}

TEST_F(AHoldGate, SaysWhy) {
    refuse(2);
    EXPECT_FALSE(gate.reason());
    gate.refuse("402", true, start);
    gate.decide(true, true, start);
    EXPECT_EQ(gate.reason(), "402");
    gate.refuse("403", true, start + seconds{5});
    EXPECT_EQ(gate.reason(), "403");
    gate.release();
    EXPECT_FALSE(gate.held());
}

TEST_F(AHoldGate, ProbesAnIntervalAfterItBeganWhateverComesBackLate) {
    hold();
    gate.refuse("401", true, start + seconds{5});
    EXPECT_EQ(gate.probe_at(true), start + seconds{30});
    gate.probed(start + seconds{31}, {});
    EXPECT_EQ(gate.probe_at(true), start + seconds{61});
}

TEST_F(AHoldGate, ProbesAtOnceWithOneThatWasNeverRefusedUntilItIsSure) {
    refuse(1);
    gate.decide(false, false, start);
    EXPECT_EQ(gate.probe_at(false), start + seconds{30});
    EXPECT_LE(gate.probe_at(true), start);
    refuse(2);
    EXPECT_EQ(gate.probe_at(true), start + seconds{30});
}

TEST_F(AHoldGate, ProbesLaterWhereItIsAskedTo) {
    hold();
    gate.probed(start, seconds{10});
    EXPECT_EQ(gate.probe_at(true), start + seconds{30});
    gate.probed(start, minutes{2});
    EXPECT_EQ(gate.probe_at(true), start + minutes{2});
    gate.probed(start, hours{9000});
    EXPECT_EQ(gate.probe_at(true), start + hours{1});
}

TEST_F(AHoldGate, ProbesAtOnceWhereItWasHeldBefore) {
    gate.resume("401", start);
    EXPECT_EQ(gate.reason(), "401");
    EXPECT_EQ(gate.probe_at(true), start);
    gate.refuse("403", true, start + seconds{1});
    gate.probed(start + seconds{1}, {});
    EXPECT_EQ(gate.probe_at(true), start + seconds{31});
}

TEST_F(AHoldGate, ProbesAtOnceWhenItIsReconfigured) {
    hold();
    gate.reconfigure(seconds{10}, start + seconds{1});
    EXPECT_EQ(gate.reason(), "401");
    EXPECT_EQ(gate.probe_at(true), start + seconds{1});
    gate.probed(start + seconds{1}, {});
    EXPECT_EQ(gate.probe_at(true), start + seconds{11});
}

}  // namespace
}  // namespace pintle::schedule
