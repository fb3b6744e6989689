#include "schedule/hold_gate.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

TEST(HoldGate, SaysWhy) {
    HoldGate gate(seconds{30});
    EXPECT_FALSE(gate.held());
    gate.refuse("401", start);
    gate.refuse("403", start + seconds{5});
    EXPECT_EQ(gate.reason(), "403");
    gate.release();
    EXPECT_FALSE(gate.held());
}

TEST(HoldGate, ProbesAnIntervalAfterItBeganWhateverComesBackLate) {
    HoldGate gate(seconds{30});
    gate.refuse("401", start);
    gate.refuse("401", start + seconds{5});
    EXPECT_EQ(gate.probe_at(), start + seconds{30});
    gate.probed(start + seconds{31}, {});
    EXPECT_EQ(gate.probe_at(), start + seconds{61});
}

TEST(HoldGate, ProbesLaterWhereItIsAskedTo) {
    HoldGate gate(seconds{30});
    gate.refuse("401", start);
    gate.probed(start, seconds{10});
    EXPECT_EQ(gate.probe_at(), start + seconds{30});
    gate.probed(start, minutes{2});
    EXPECT_EQ(gate.probe_at(), start + minutes{2});
    gate.probed(start, hours{9000});
    EXPECT_EQ(gate.probe_at(), start + hours{1});
}

TEST(HoldGate, ProbesAtOnceWhereItWasHeldBefore) {
    HoldGate gate(seconds{30});
    gate.resume("401", start);
    EXPECT_EQ(gate.reason(), "401");
    EXPECT_EQ(gate.probe_at(), start);
    gate.refuse("403", start + seconds{1});
    gate.probed(start + seconds{1}, {});
    EXPECT_EQ(gate.probe_at(), start + seconds{31});
}

TEST(HoldGate, ProbesAtOnceWhenItIsReconfigured) {
    HoldGate gate(seconds{30});
    gate.refuse("401", start);
    gate.reconfigure(seconds{10}, start + seconds{1});
    EXPECT_EQ(gate.reason(), "401");
    EXPECT_EQ(gate.probe_at(), start + seconds{1});
    gate.probed(start + seconds{1}, {});
    EXPECT_EQ(gate.probe_at(), start + seconds{11});
}

}  // namespace
}  // namespace pintle::schedule
