#include <chrono>
#include <limits>

#include <gmock/gmock.h>

#include "journal/keys.hpp"
#include "journal/letter_codec.hpp"
#include "journal/varint.hpp"

namespace pintle::journal {
namespace {

using std::chrono::milliseconds;

DeadLetter sample() {
    DeadLetter letter;
    letter.id = 7;
    letter.source = "web";
    letter.destination = "customerio";
    letter.event = R"({"type":"track"})";
    letter.method = "POST";
    letter.path = "/api/v1/customers/u/events";
    letter.body = "{}";
    letter.reason = "refused";
    letter.status = 400;
    letter.answer = std::string("\0\xFF answer", 9);
    letter.attempts = 3;
    letter.received = WallTime(milliseconds(1'700'000'000'123));
    letter.died = WallTime(milliseconds(1'700'000'100'456));
    return letter;
}

void expect_same(const DeadLetter& actual, const DeadLetter& expected) {
    EXPECT_EQ(actual.id, expected.id);
    EXPECT_EQ(actual.source, expected.source);
    EXPECT_EQ(actual.destination, expected.destination);
    EXPECT_EQ(actual.event, expected.event);
    EXPECT_EQ(actual.method, expected.method);
    EXPECT_EQ(actual.path, expected.path);
    EXPECT_EQ(actual.body, expected.body);
    EXPECT_EQ(actual.reason, expected.reason);
    EXPECT_EQ(actual.status, expected.status);
    EXPECT_EQ(actual.answer, expected.answer);
    EXPECT_EQ(actual.attempts, expected.attempts);
    EXPECT_EQ(actual.received, expected.received);
    EXPECT_EQ(actual.died, expected.died);
}

TEST(LetterCodec, KeepsAllFields) {
    const auto letter = decode_letter(7, encode(sample()));
    ASSERT_TRUE(letter);
    expect_same(*letter, sample());
}

TEST(LetterCodec, KeepsALetterOfNothing) {
    const auto letter = decode_letter(0, encode(DeadLetter{}));
    ASSERT_TRUE(letter);
    expect_same(*letter, DeadLetter{});
}

TEST(LetterCodec, RefusesWhatIsCutOffOrOfAnotherVersion) {
    auto bytes = encode(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_letter(7, bytes.substr(0, size)));
    bytes[0] = 2;
    EXPECT_FALSE(decode_letter(7, bytes));
}

TEST(Varint, ComesBackAndLeavesWhatFollows) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                       std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
        std::string bytes;
        put_varint(bytes, number);
        bytes += "rest";
        std::string_view in(bytes);
        EXPECT_EQ(take_varint(in), number);
        EXPECT_EQ(in, "rest");
    }
}

TEST(Varint, IsRefusedWhereItHasMoreThan64Bits) {
    const std::string bytes = std::string(9, '\xFF') + '\x02';
    std::string_view in(bytes);
    EXPECT_FALSE(take_varint(in));
}

TEST(Text, IsRefusedWhereItsLengthIsMoreThanThereIs) {
    std::string_view in("\x05only", 5);
    EXPECT_FALSE(take_text(in));
}

TEST(Keys, SortByLogThenByNumber) {
    EXPECT_LT(keys::numbered(1, 255), keys::numbered(1, 256));
    EXPECT_LT(keys::numbered(1, std::numeric_limits<std::uint64_t>::max()), keys::numbered(2, 0));
    EXPECT_EQ(keys::number_of(keys::numbered(3, 0x0102'0304'0506'0708)), 0x0102'0304'0506'0708);
}

TEST(Keys, OfMessageIdsSortBySourceThenByTimeThenByCommit) {
    const WallTime time(milliseconds(1'700'000'000'123));
    const auto key = keys::seen("web", time, 7);
    const auto read = keys::read_seen(key);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->source, "web");
    EXPECT_EQ(read->time, time);
    EXPECT_LT(keys::seen_begin, keys::seen_from("web", WallTime{}));
    EXPECT_LT(keys::seen_from("web", time), key);
    EXPECT_LT(key, keys::seen("web", time, 8));
    EXPECT_LT(keys::seen("web", time, UINT64_MAX), keys::seen_from("web", time + milliseconds(1)));
    EXPECT_LT(keys::seen("web", time, UINT64_MAX), keys::seen_from("web2", WallTime{}));
    EXPECT_FALSE(keys::read_seen(std::string_view(key).substr(1)));
}

}  // namespace
}  // namespace pintle::journal
