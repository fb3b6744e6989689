#include "faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pintle::sandbox {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const FaultPlan::TimePoint start = FaultPlan::TimePoint{} + 1h;

Faults with(const char* change) {
    Faults faults;
    EXPECT_EQ(update(faults, json::parse(change)), "");
    return faults;
}

std::vector<InjectedFault> draw(FaultPlan plan, int times) {
    std::vector<InjectedFault> drawn;
    drawn.reserve(static_cast<std::size_t>(times));
    for (int i = 0; i < times; ++i) drawn.push_back(plan.draw(start));
    return drawn;
}

long count(const std::vector<InjectedFault>& drawn, InjectedFault fault) {
    return std::ranges::count(drawn, fault);
}

TEST(FaultPlan, WithoutFaultsNothingGoesWrong) {
    EXPECT_EQ(count(draw(FaultPlan({}, 1), 1'000), InjectedFault::none), 1'000);
}

TEST(FaultPlan, AShareOfOneIsEveryRequest) {
    EXPECT_EQ(count(draw(FaultPlan(with(R"({"fail_rate":1})"), 1), 100), InjectedFault::failed), 100);
    EXPECT_EQ(count(draw(FaultPlan(with(R"({"reset_rate":1})"), 1), 100), InjectedFault::reset), 100);
    EXPECT_EQ(count(draw(FaultPlan(with(R"({"reset_after_rate":1})"), 1), 100), InjectedFault::reset_after), 100);
}

TEST(FaultPlan, AShareIsAboutThatShare) {
    const auto drawn = draw(FaultPlan(with(R"({"fail_rate":0.3})"), 1), 10'000);
    EXPECT_GT(count(drawn, InjectedFault::failed), 2'700);
    EXPECT_LT(count(drawn, InjectedFault::failed), 3'300);
}

TEST(FaultPlan, TheSameSeedGivesTheSameFaults) {
    const Faults faults = with(R"({"fail_rate":0.3,"reset_rate":0.2})");
    EXPECT_EQ(draw(FaultPlan(faults, 7), 100), draw(FaultPlan(faults, 7), 100));
    EXPECT_NE(draw(FaultPlan(faults, 7), 100), draw(FaultPlan(faults, 8), 100));
}

TEST(FaultPlan, DrawsForEachItemOfABatch) {
    FaultPlan plan(with(R"({"item_fail_rate":0.3})"), 1);
    int refused = 0;
    for (int i = 0; i < 10'000; ++i) refused += plan.draw_item() ? 1 : 0;
    EXPECT_GT(refused, 2'700);
    EXPECT_LT(refused, 3'300);
    EXPECT_EQ(plan.draw(start), InjectedFault::none);
}

TEST(FaultPlan, MoreThanTheRateIsThrottledUntilTimePasses) {
    FaultPlan plan(with(R"({"rate":2})"), 1);
    EXPECT_EQ(plan.draw(start), InjectedFault::none);
    EXPECT_EQ(plan.draw(start), InjectedFault::none);
    EXPECT_EQ(plan.draw(start), InjectedFault::throttled);
    EXPECT_EQ(plan.draw(start + 500ms), InjectedFault::none);
    EXPECT_EQ(plan.draw(start + 500ms), InjectedFault::throttled);
}

TEST(FaultPlan, ARateIsNotSavedUpForMoreThanASecond) {
    FaultPlan plan(with(R"({"rate":1})"), 1);
    EXPECT_EQ(plan.draw(start), InjectedFault::none);
    EXPECT_EQ(plan.draw(start + 1h), InjectedFault::none);
    EXPECT_EQ(plan.draw(start + 1h), InjectedFault::throttled);
}

TEST(Faults, AChangeTouchesOnlyWhatItNames) {
    Faults faults = with(R"({"latency_ms":5,"fail_rate":0.5})");
    EXPECT_EQ(update(faults, json::parse(R"({"fail_status":503,"retry_after":2,"reset_rate":0.25})")), "");
    EXPECT_EQ(to_json(faults), json::parse(R"({"latency_ms":5,"fail_rate":0.5,"fail_status":503,"reset_rate":0.25,
                                                "reset_after_rate":0.0,"item_fail_rate":0.0,"rate":0.0,"refuse_text":"","retry_after":"2"})"));
    EXPECT_EQ(update(faults, json::parse(R"({"retry_after":null})")), "");
    EXPECT_EQ(faults.retry_after, "");
}

TEST(Faults, WhatTheyPrintCanBeReadBack) {
    Faults faults = with(R"({"latency_ms":5,"fail_rate":0.5,"fail_status":401,"rate":3,"retry_after":"7"})");
    Faults copy;
    EXPECT_EQ(update(copy, to_json(faults)), "");
    EXPECT_EQ(to_json(copy), to_json(faults));
}

TEST(Faults, AWrongChangeIsRefusedWhole) {
    for (const char* wrong : {R"({"fail_rate":0.5,"fail_status":200})", R"({"fail_rate":2})", R"({"fail_rate":"1"})",
                              R"({"latency_ms":-1})", R"({"rate":-1})", R"({"retry_after":"a\r\nb"})", "[]"}) {
        Faults faults;
        EXPECT_NE(update(faults, json::parse(wrong)), "") << wrong;
        EXPECT_EQ(to_json(faults), to_json(Faults{})) << wrong;
    }
    Faults faults;
    EXPECT_THAT(update(faults, json::parse(R"({"fail":1})")), HasSubstr("fail is not one of latency_ms"));
}

}  // namespace
}  // namespace pintle::sandbox
