#include "guess_limit.hpp"

#include <gtest/gtest.h>

namespace pintle::admin {
namespace {

using namespace std::chrono_literals;

constexpr GuessLimit::Time start{1'000h};

// Fails so often at once; how long the address has to wait then.
std::chrono::seconds after_failures(std::uint32_t count) {
    GuessLimit limit;
    for (std::uint32_t i = 0; i < count; ++i) limit.failed("10.0.0.1", start);
    return limit.wait("10.0.0.1", start);
}

TEST(GuessLimit, LetsAFewSlipsOfThePenPass) {
    EXPECT_EQ(after_failures(0), 0s);
    EXPECT_EQ(after_failures(GuessLimit::free_failures), 0s);
}

TEST(GuessLimit, WaitsTwiceAsLongEachTimeUpToAMinute) {
    EXPECT_EQ(after_failures(GuessLimit::free_failures + 1), 1s);
    EXPECT_EQ(after_failures(GuessLimit::free_failures + 2), 2s);
    EXPECT_EQ(after_failures(GuessLimit::free_failures + 6), 32s);
    EXPECT_EQ(after_failures(GuessLimit::free_failures + 7), 60s);
    EXPECT_EQ(after_failures(1'000'000), 60s);
}

TEST(GuessLimit, EndsTheWait) {
    GuessLimit limit;
    for (std::uint32_t i = 0; i < GuessLimit::free_failures + 1; ++i) limit.failed("10.0.0.1", start);
    EXPECT_EQ(limit.wait("10.0.0.1", start + 1ms), 1s);
    EXPECT_EQ(limit.wait("10.0.0.1", start + 1s), 0s);
    limit.failed("10.0.0.1", start + 1s);
    EXPECT_EQ(limit.wait("10.0.0.1", start + 1s), 2s) << "and remembers";
    limit.failed("10.0.0.1", start + 1s + GuessLimit::memory);
    EXPECT_EQ(limit.wait("10.0.0.1", start + 1s + GuessLimit::memory), 0s) << "but not for ever";
}

TEST(GuessLimit, HoldsNobodyElseUp) {
    GuessLimit limit;
    for (int i = 0; i < 100; ++i) limit.failed("10.0.0.1", start);
    for (int i = 0; i < 100; ++i) limit.failed("2001:db8::1", start);
    EXPECT_EQ(limit.wait("10.0.0.2", start), 0s);
    EXPECT_EQ(limit.wait("2001:db8:0:1::1", start), 0s);
    EXPECT_EQ(limit.wait("2001:db8::ffff", start), 60s) << "the same network";
}

TEST(GuessLimit, RemembersABoundedNumberOfAddresses) {
    GuessLimit limit;
    for (int i = 0; i < 100; ++i) limit.failed("first", start);
    for (int i = 0; i < 100; ++i) limit.failed("second", start + 1s);
    for (std::size_t i = 2; i < GuessLimit::max_addresses; ++i) limit.failed(std::to_string(i), start + 2s);
    EXPECT_EQ(limit.wait("first", start + 2s), 58s);
    limit.failed("one more", start + 2s);
    EXPECT_EQ(limit.wait("first", start + 2s), 0s);
    EXPECT_EQ(limit.wait("second", start + 2s), 59s);
}

}  // namespace
}  // namespace pintle::admin
