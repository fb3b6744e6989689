#include "message_id_shares.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

namespace pintle::ingest {
namespace {

// As random as a digest is in its first bits.
MessageHash message(std::uint64_t number) {
    MessageHash hash{};
    const std::uint64_t word = (number + 1) * 0x9E3779B97F4A7C15U;
    std::memcpy(hash.data(), &word, sizeof word);
    return hash;
}

WallTime at(std::uint64_t time) {
    return WallTime(std::chrono::milliseconds(1'700'000'000'000 + static_cast<std::int64_t>(time)));
}

TEST(MessageIdShares, AFloodOfOneSourceDoesNotMakeAnothersRepeatsNew) {
    MessageIdShares shares(1000);
    const auto loud = shares.source("loud");
    const auto quiet = shares.source("quiet");
    for (std::uint64_t i = 0; i < 100; ++i) shares.remember(quiet, message(i), at(0));
    for (std::uint64_t i = 0; i < 20'000; ++i) shares.remember(loud, message(1'000'000 + i), at(i));
    EXPECT_EQ(shares.size(), 1000);
    for (std::uint64_t i = 0; i < 100; ++i) EXPECT_TRUE(shares.contains(quiet, message(i)));
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        ASSERT_EQ(shares.contains(loud, message(1'000'000 + i)), i >= 20'000 - 900) << i;
    }
}

TEST(MessageIdShares, SourcesThatAllFloodHaveEqualShares) {
    MessageIdShares shares(1000);
    const std::array sources{shares.source("a"), shares.source("b"), shares.source("c"), shares.source("d")};
    for (std::uint64_t i = 0; i < 4'000; ++i) {
        for (const auto source : sources) shares.remember(source, message(10'000 * source + i), at(i));
    }
    for (const auto source : sources) {
        EXPECT_TRUE(shares.contains(source, message(10'000 * source + 3'999 - 245)));
        EXPECT_FALSE(shares.contains(source, message(10'000 * source + 3'999 - 255)));
    }
}

TEST(MessageIdShares, OneSourceAloneMayHaveAllOfIt) {
    MessageIdShares shares(1000);
    const auto only = shares.source("only");
    EXPECT_EQ(shares.source("only"), only);
    for (std::uint64_t i = 0; i < 5000; ++i) EXPECT_TRUE(shares.remember(only, message(i), at(i)));
    EXPECT_FALSE(shares.remember(only, message(4999), at(5000)));
    EXPECT_EQ(shares.size(), 1000);
    EXPECT_TRUE(shares.contains(only, message(4000)));
    EXPECT_FALSE(shares.contains(only, message(3999)));
}

TEST(MessageIdShares, WhatIsOldGoesOfSilentSourcesToo) {
    MessageIdShares shares(1000);
    const auto silent = shares.source("silent");
    const auto other = shares.source("other");
    for (std::uint64_t i = 0; i < 10; ++i) shares.remember(silent, message(i), at(i));
    for (int i = 0; i < 2; ++i) shares.forget_before(other, at(5));
    EXPECT_EQ(shares.size(), 5);
    EXPECT_FALSE(shares.contains(silent, message(4)));
    EXPECT_TRUE(shares.contains(silent, message(5)));
}

TEST(MessageIdShares, TheSameMessageOfTwoSourcesIsTwo) {
    MessageIdShares shares(1000);
    const auto one = shares.source("one");
    const auto two = shares.source("two");
    EXPECT_TRUE(shares.remember(one, message(1), at(0)));
    EXPECT_FALSE(shares.contains(two, message(1)));
    EXPECT_TRUE(shares.remember(two, message(1), at(0)));
}

}  // namespace
}  // namespace pintle::ingest
