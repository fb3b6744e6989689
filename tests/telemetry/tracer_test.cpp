#include "pintle/telemetry/tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pintle/base/message_hash.hpp"

namespace pintle::telemetry {
namespace {

using Context = Tracer::Context;
using Key = Tracer::EventKey;

MessageHash message(std::size_t number) {
    return message_hash("web", std::to_string(number));
}

std::size_t sampled(double ratio, std::size_t of) {
    const Tracer tracer(ratio, 1);
    std::size_t count = 0;
    for (std::size_t i = 0; i < of; ++i) count += tracer.samples(message(i), std::nullopt) ? 1U : 0U;
    return count;
}

TEST(Tracer, SamplesTheConfiguredRatio) {
    EXPECT_EQ(sampled(0, 10'000), 0);
    EXPECT_EQ(sampled(1, 10'000), 10'000);
    EXPECT_NEAR(static_cast<double>(sampled(0.1, 10'000)), 1'000, 150);
}

TEST(Tracer, SamplesAsTheParentDoes) {
    const TraceParent sampled_parent{{1}, {1}, true};
    const TraceParent other_parent{{1}, {1}, false};
    EXPECT_TRUE(Tracer(0, 1).samples(message(1), sampled_parent));
    EXPECT_FALSE(Tracer(1, 1).samples(message(1), other_parent));
}

TEST(Tracer, MakesIdsThatDiffer) {
    Tracer tracer(1, 1);
    std::set<TraceId> traces{TraceId{}};
    std::set<SpanId> spans{SpanId{}};
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_TRUE(traces.insert(tracer.new_trace()).second);
        EXPECT_TRUE(spans.insert(tracer.new_span()).second);
    }
}

TEST(Tracer, KeepsTheContextOfAnEventUntilItIsForgotten) {
    Tracer tracer(1, 1);
    const Context context{{1}, {2}};
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
    tracer.remember({1, message(1)}, context);
    EXPECT_EQ(tracer.find({1, message(1)}), context);
    EXPECT_EQ(tracer.find({2, message(1)}), std::nullopt);
    EXPECT_EQ(tracer.find({1, message(2)}), std::nullopt);
    tracer.forget({2, message(1)});
    tracer.forget({1, message(2)});
    EXPECT_EQ(tracer.find({1, message(1)}), context);
    tracer.forget({1, message(1)});
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
}

TEST(Tracer, RemembersTheLatestContextOfARepeatedMessage) {
    Tracer tracer(1, 1);
    tracer.remember({1, message(1)}, {{1}, {1}});
    tracer.remember({1, message(1)}, {{2}, {2}});
    EXPECT_EQ(tracer.find({1, message(1)}), (Context{{2}, {2}}));
    tracer.forget({1, message(1)});
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
}

TEST(Tracer, ForgetsTheOldestContextsBeyondTheLimit) {
    Tracer tracer(1, 1);
    for (std::size_t i = 0; i < Tracer::max_contexts + 2; ++i) tracer.remember({1, message(i)}, {});
    EXPECT_EQ(tracer.find({1, message(0)}), std::nullopt);
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
    EXPECT_NE(tracer.find({1, message(2)}), std::nullopt);
    EXPECT_NE(tracer.find({1, message(Tracer::max_contexts + 1)}), std::nullopt);
}

TEST(Tracer, HandsOutEachSpanOnce) {
    Tracer tracer(1, 1);
    Span span;
    span.id = {7};
    tracer.record(span);
    ASSERT_EQ(tracer.take().size(), 1);
    EXPECT_EQ(tracer.take().size(), 0);
}

TEST(Tracer, DropsAndCountsSpansBeyondTheLimit) {
    Tracer tracer(1, 1);
    for (std::size_t i = 0; i < Tracer::max_spans + 3; ++i) tracer.record({});
    EXPECT_EQ(tracer.dropped(), 3);
    EXPECT_EQ(tracer.take().size(), Tracer::max_spans);
    tracer.record({});
    EXPECT_EQ(tracer.take().size(), 1);
}

}  // namespace
}  // namespace pintle::telemetry
