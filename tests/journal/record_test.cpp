#include "pintle/journal/record.hpp"
#include "pintle/base/time.hpp"

#include <string>

#include <gmock/gmock.h>

namespace pintle::journal {
namespace {

Record sample() {
    Record record;
    record.source = "web";
    record.destination = "customerio";
    record.received = WallTime(std::chrono::milliseconds(1'700'000'000'123));
    for (std::size_t i = 0; i < record.message.size(); ++i) record.message[i] = static_cast<std::uint8_t>(200 + i);
    record.keys = {0xFFFF'FFFF'FFFF'FFFF, 2, 3};
    record.event = R"({"type":"track"})";
    return record;
}

std::string encoded(const Record& record) {
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

void expect_same(const Record& actual, const Record& expected) {
    EXPECT_EQ(actual.source, expected.source);
    EXPECT_EQ(actual.destination, expected.destination);
    EXPECT_EQ(actual.received, expected.received);
    EXPECT_EQ(actual.replayed, expected.replayed);
    EXPECT_EQ(actual.age_start, expected.age_start);
    EXPECT_EQ(actual.message, expected.message);
    EXPECT_EQ(actual.keys.person, expected.keys.person);
    EXPECT_EQ(actual.keys.anonymous, expected.keys.anonymous);
    EXPECT_EQ(actual.keys.previous, expected.keys.previous);
    EXPECT_EQ(actual.event, expected.event);
}

TEST(Record, IsDecodedAsItWasEncoded) {
    const auto bytes = encoded(sample());
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded);
    expect_same(*decoded, sample());
}

TEST(Record, IsDecodedWithEachCombinationOfKeys) {
    for (unsigned keys = 0; keys < 8; ++keys) {
        auto record = sample();
        record.keys = {(keys & 1U) != 0 ? 11U : 0U, (keys & 2U) != 0 ? 12U : 0U, (keys & 4U) != 0 ? 13U : 0U};
        const auto bytes = encoded(record);
        const auto decoded = decode(bytes);
        ASSERT_TRUE(decoded) << keys;
        expect_same(*decoded, record);
    }
}

TEST(Record, HoldsEmptyAndLongestNamesAnEmptyEventAndTimesBeforeTheEpoch) {
    auto record = sample();
    const std::string longest(255, 'n');
    record.source = "";
    record.destination = longest;
    record.event = "";
    record.received = WallTime(std::chrono::milliseconds(-1));
    const auto bytes = encoded(record);
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded);
    expect_same(*decoded, record);
}

TEST(Record, CountsItsAgeFromItsReplay) {
    auto record = sample();
    EXPECT_EQ(record.queued(), record.received);
    record.replayed = record.received + std::chrono::hours(72);
    const auto bytes = encoded(record);
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded);
    expect_same(*decoded, record);
    EXPECT_EQ(decoded->queued(), record.replayed);
}

TEST(Record, CountsItsAgeByTheAgeClock) {
    auto record = sample();
    for (const auto replayed : {WallTime{}, record.received + std::chrono::hours(72)}) {
        record.replayed = replayed;
        record.age_start = record.received - std::chrono::hours(25);
        const auto bytes = encoded(record);
        const auto decoded = decode(bytes);
        ASSERT_TRUE(decoded);
        expect_same(*decoded, record);
        EXPECT_EQ(decoded->queued(), record.age_start);
    }
}

TEST(Record, IsAppendedToTheOutput) {
    std::string bytes = "before";
    encode(sample(), bytes);
    EXPECT_EQ(bytes, "before" + encoded(sample()));
}

TEST(Record, StaysReadableForLaterVersions) {
    Record record;
    record.source = "s";
    record.destination = "de";
    record.received = WallTime(std::chrono::milliseconds(0x0102));
    record.message.fill(0xAB);
    record.keys.anonymous = 7;
    record.event = "{}";
    const std::string stored = std::string("\x01\x02\x02\x01\0\0\0\0\0\0", 10) + std::string(16, '\xAB') +
                               std::string("\x07\0\0\0\0\0\0\0", 8) + "\x01s\x02" + "de{}";
    EXPECT_EQ(encoded(record), stored);
}

TEST(Record, IsRejectedIfItsHeadIsTruncated) {
    const auto bytes = encoded(sample());
    const auto head = bytes.size() - sample().event.size();
    for (std::size_t size = 0; size < head; ++size) EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
    EXPECT_TRUE(decode(bytes.substr(0, head)));
}

TEST(Record, IsRejectedIfItsVersionIsUnknown) {
    auto bytes = encoded(sample());
    for (const char version : {'\0', '\2', '\xFF'}) {
        bytes[0] = version;
        EXPECT_FALSE(decode(bytes)) << int{version};
    }
}

TEST(Record, IsRejectedIfItHasUnknownFlags) {
    auto bytes = encoded(sample());
    bytes[1] = '\x27';
    EXPECT_FALSE(decode(bytes));
}

}  // namespace
}  // namespace pintle::journal
