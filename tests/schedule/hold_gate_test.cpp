#include "schedule/hold_gate.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

TEST(HoldGate, SaysSinceWhenAndWhy) {
    HoldGate gate(seconds{30});
    EXPECT_FALSE(gate.held());
    gate.refuse("401", start);
    gate.refuse("403", start + seconds{5});
    ASSERT_TRUE(gate.held());
    EXPECT_EQ(gate.hold()->since, start);
    EXPECT_EQ(gate.hold()->reason, "403");
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

TEST(HoldGate, ItsClockStandsStillWhileItIsHeld) {
    HoldGate gate(seconds{30});
    const TimePoint before = gate.outside(start);
    gate.refuse("401", start + seconds{10});
    EXPECT_EQ(gate.outside(start + hours{5}) - before, seconds{10});
    gate.release(start + hours{5});
    EXPECT_FALSE(gate.held());
    EXPECT_EQ(gate.outside(start + hours{5} + seconds{1}) - before, seconds{11});
}

}  // namespace
}  // namespace pintle::schedule
