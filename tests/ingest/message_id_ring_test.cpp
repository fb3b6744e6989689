#include "message_id_ring.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <cstring>
#include <deque>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace pintle::ingest {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// As random as a digest (splitmix64).
MessageHash message(std::uint64_t number) {
    MessageHash hash{};
    for (std::size_t i = 0; i < hash.size(); i += 8) {
        std::uint64_t word = (number * 2 + i / 8 + 1) * 0x9E3779B97F4A7C15U;
        word = (word ^ word >> 30U) * 0xBF58476D1CE4E5B9U;
        word = (word ^ word >> 27U) * 0x94D049BB133111EBU;
        word ^= word >> 31U;
        std::memcpy(hash.data() + i, &word, 8);
    }
    return hash;
}

WallTime at(std::int64_t time) {
    return WallTime(milliseconds(1'700'000'000'000 + time));
}

TEST(MessageIdRing, ContainsWhatWasAdded) {
    MessageIdRing ring(10);
    EXPECT_FALSE(ring.contains(message(1)));
    EXPECT_TRUE(ring.remember(message(1), at(0)));
    EXPECT_FALSE(ring.remember(message(1), at(1)));
    EXPECT_TRUE(ring.contains(message(1)));
    EXPECT_FALSE(ring.contains(message(2)));
    EXPECT_EQ(ring.size(), 1);
}

TEST(MessageIdRing, TellsMessagesApartThatShareAllButTheirLastByte) {
    MessageIdRing ring(1000);
    auto one = message(1);
    for (int i = 0; i < 256; i += 2) {
        one.back() = static_cast<std::uint8_t>(i);
        EXPECT_TRUE(ring.remember(one, at(i)));
    }
    for (int i = 0; i < 256; ++i) {
        one.back() = static_cast<std::uint8_t>(i);
        EXPECT_EQ(ring.contains(one), i % 2 == 0);
    }
    ring.forget_before(at(128));
    for (int i = 0; i < 256; ++i) {
        one.back() = static_cast<std::uint8_t>(i);
        EXPECT_EQ(ring.contains(one), i % 2 == 0 && i >= 128);
    }
}

TEST(MessageIdRing, RemovesOlderMessagesButNotThoseOfTheSameTime) {
    MessageIdRing ring(10);
    for (std::uint8_t i = 0; i < 5; ++i) ring.remember(message(i), at(i));
    ring.forget_before(at(3));
    EXPECT_EQ(ring.size(), 2);
    EXPECT_FALSE(ring.contains(message(2)));
    EXPECT_TRUE(ring.contains(message(3)));
    ring.forget_before(at(100));
    EXPECT_EQ(ring.size(), 0);
    EXPECT_TRUE(ring.remember(message(3), at(100)));
}

TEST(MessageIdRing, KeepsYoungerMessagesIfTimesAreWeeksApart) {
    MessageIdRing ring(10);
    ring.remember(message(1), at(0));
    ring.remember(message(2), at(0) + hours(24 * 40));
    EXPECT_TRUE(ring.contains(message(1)));
    ring.forget_before(at(0) + hours(24 * 39));
    EXPECT_FALSE(ring.contains(message(1)));
    EXPECT_TRUE(ring.contains(message(2)));
    ring.remember(message(3), at(0) + hours(24 * 400));
    EXPECT_FALSE(ring.contains(message(2)));
    EXPECT_TRUE(ring.contains(message(3)));
}

TEST(MessageIdRing, ATimeThatFallsCountsAsTheLatest) {
    MessageIdRing ring(10);
    ring.remember(message(1), at(100));
    ring.remember(message(2), at(50));
    ring.forget_before(at(100));
    EXPECT_TRUE(ring.contains(message(1)));
    EXPECT_TRUE(ring.contains(message(2)));
    ring.forget_before(at(101));
    EXPECT_EQ(ring.size(), 0);
}

TEST(MessageIdRing, RemovesItsOldestAndGrowsAndShrinks) {
    MessageIdRing ring(100'000);
    for (std::uint64_t i = 0; i < 100'000; ++i) ring.remember(message(i), at(0));
    ring.forget_oldest(99'990);
    EXPECT_EQ(ring.size(), 10);
    for (std::uint64_t i = 99'900; i < 100'000; ++i) EXPECT_EQ(ring.contains(message(i)), i >= 99'990) << i;
    for (std::uint64_t i = 0; i < 50'000; ++i) EXPECT_TRUE(ring.remember(message(i), at(1)));
    for (std::uint64_t i = 0; i < 50'000; ++i) EXPECT_TRUE(ring.contains(message(i)));
    ring.forget_oldest(1'000'000);
    EXPECT_EQ(ring.size(), 0);
}

TEST(MessageIdRing, KeepsTheNewestTwoMillion) {
    constexpr std::uint64_t limit = 2'000'000;
    MessageIdRing ring(limit);
    for (std::uint64_t i = 0; i < limit + 50'000; ++i) {
        ASSERT_TRUE(ring.remember(message(i), at(static_cast<std::int64_t>(i / 1000))));
    }
    EXPECT_EQ(ring.size(), limit);
    for (std::uint64_t i = 0; i < limit + 50'000; i += 97) ASSERT_EQ(ring.contains(message(i)), i >= 50'000) << i;
}

TEST(MessageIdRing, DoesAsAPlainSetDoesAroundItsEndsManyTimes) {
    constexpr std::size_t limit = 40'000;
    MessageIdRing ring(limit);
    std::deque<std::pair<MessageHash, WallTime>> order;
    std::set<MessageHash> plain;
    const auto forget = [&] {
        plain.erase(order.front().first);
        order.pop_front();
    };
    std::mt19937 random(3);
    std::uint32_t now = 0;
    for (int i = 0; i < 600'000; ++i) {
        now += static_cast<std::uint32_t>(random() % 3);
        const auto one = message(random() % 200'000);
        ASSERT_EQ(ring.contains(one), plain.contains(one));
        const bool fresh = plain.insert(one).second;
        ASSERT_EQ(ring.remember(one, at(now)), fresh);
        if (fresh) order.emplace_back(one, at(now));
        if (order.size() > limit) forget();
        if (random() % 20'000 == 0) {
            const auto before = at(now - static_cast<std::int64_t>(random() % 40'000));
            ring.forget_before(before);
            while (!order.empty() && order.front().second < before) forget();
        }
        ASSERT_GE(ring.size(), order.size());
        ASSERT_LE(ring.size(), limit);
        if (random() % 50'000 == 0) ring.forget_oldest(ring.size() - order.size());
    }
}

TEST(MessageIdRing, GivesBackTheRoomOfWhatIsForgottenAsOthersCome) {
    MessageIdRing ring(100'000);
    for (std::uint64_t i = 0; i < 40'000; ++i) ring.remember(message(i), at(0));
    ring.forget_before(at(1));
    EXPECT_GT(ring.size(), 39'000U) << "all of it at once would take too long";
    for (std::uint64_t i = 0; i < 40'000; ++i) ASSERT_FALSE(ring.contains(message(i)));
    for (std::uint64_t i = 0; i < 10'000; ++i) ASSERT_TRUE(ring.remember(message(i), at(1)));
    EXPECT_EQ(ring.size(), 10'000U);
    for (std::uint64_t i = 0; i < 40'000; ++i) ASSERT_EQ(ring.contains(message(i)), i < 10'000);
}

TEST(MessageIdRing, AddsARemovedMessageAgainWhileItsTableIsResized) {
    MessageIdRing ring(100'000);
    std::uint64_t count = 0;
    for (; count < 8'192; ++count) ring.remember(message(count), at(0));
    ring.forget_before(at(1));
    for (std::uint64_t i = 8'191; i > 0; --i) {  // of those that the old table has as well
        ASSERT_TRUE(ring.remember(message(i), at(1))) << i;
        ASSERT_FALSE(ring.remember(message(i), at(1))) << i;
    }
    for (std::uint64_t i = 0; i < 8'192; ++i) ASSERT_EQ(ring.contains(message(i)), i > 0) << i;
}

}  // namespace
}  // namespace pintle::ingest
