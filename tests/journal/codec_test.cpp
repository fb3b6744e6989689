#include <chrono>
#include <limits>

#include <gmock/gmock.h>

#include "dead_letter_codec.hpp"
#include "pintle/base/time.hpp"
#include "rocksdb/keys.hpp"
#include "varint.hpp"

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
    letter.reason = Reason::rejected_400;
    letter.message = "400 Bad Request: no";
    letter.status = 400;
    letter.response_body = std::string("\0\xFF answer", 9);
    letter.attempts = 3;
    letter.received = WallTime(milliseconds(1'700'000'000'123));
    letter.dead_lettered_at = WallTime(milliseconds(1'700'000'100'456));
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
    EXPECT_EQ(actual.message, expected.message);
    EXPECT_EQ(actual.status, expected.status);
    EXPECT_EQ(actual.response_body, expected.response_body);
    EXPECT_EQ(actual.attempts, expected.attempts);
    EXPECT_EQ(actual.received, expected.received);
    EXPECT_EQ(actual.dead_lettered_at, expected.dead_lettered_at);
}

TEST(LetterCodec, KeepsAllFields) {
    const auto letter = decode_letter(7, encode(sample()));
    ASSERT_TRUE(letter);
    expect_same(*letter, sample());
}

TEST(LetterCodec, KeepsAnEmptyLetter) {
    const auto letter = decode_letter(0, encode(DeadLetter{}));
    ASSERT_TRUE(letter);
    expect_same(*letter, DeadLetter{});
}

TEST(LetterCodec, RejectsTruncatedBytesAndOtherVersions) {
    auto bytes = encode(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_letter(7, bytes.substr(0, size)));
    bytes[0] = 3;
    EXPECT_FALSE(decode_letter(7, bytes));
}

// As version 1 wrote it: with the message alone, and no reason.
std::string version_1(const std::string& message, std::uint32_t status, std::uint32_t attempts) {
    std::string bytes(1, '\x01');
    for (const std::uint64_t number :
         {std::uint64_t{status}, std::uint64_t{attempts}, std::uint64_t{1}, std::uint64_t{2}})
        put_varint(bytes, number);
    for (const std::string& text :
         {std::string("web"), std::string("customerio"), std::string("{}"), std::string("PUT"), std::string("/p"),
          std::string("{}"), message, std::string("answer")})
        put_text(bytes, text);
    return bytes;
}

TEST(LetterCodec, ReadsALetterWithoutAReason) {
    const auto bytes = version_1("400 Bad Request: no", 400, 3);
    EXPECT_EQ(source_of_letter(bytes), "web");
    const auto letter = decode_letter(7, bytes);
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->message, "400 Bad Request: no");
    EXPECT_EQ(letter->response_body, "answer");
    EXPECT_EQ(letter->status, 400);
    EXPECT_EQ(letter->attempts, 3);
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_letter(7, bytes.substr(0, size)));
}

TEST(LetterCodec, DerivesTheReasonOfALetterWithoutOne) {
    const auto derived = [](const std::string& message, std::uint32_t status, std::uint32_t attempts) {
        const auto letter = decode_letter(7, version_1(message, status, attempts));
        return letter ? letter->reason : Reason::internal_error;
    };
    EXPECT_EQ(derived("event is larger than ingest.max_event", 0, 0), Reason::event_too_large);
    EXPECT_EQ(derived("the record is of a version that this pintle cannot read", 0, 0), Reason::unreadable_record);
    EXPECT_EQ(derived("207 Multi-Status: invalid", 207, 1), Reason::rejected_207);
    EXPECT_EQ(derived("404 Not Found", 404, 1), Reason::rejected_404);
    EXPECT_EQ(derived("418", 418, 1), Reason::rejected_other);
    EXPECT_EQ(derived("503 Service Unavailable", 503, 90), Reason::too_old);
    EXPECT_EQ(derived("429 Too Many Requests", 429, 90), Reason::too_old);
    EXPECT_EQ(derived("connect to host:443: Connection refused", 0, 90), Reason::too_old);
    EXPECT_EQ(derived("something else", 0, 0), Reason::unknown);
}

TEST(LetterCodec, AReasonOfALaterVersionIsUnknown) {
    const auto bytes = encode(sample());
    const std::string code = "rejected_400";
    const auto at = bytes.rfind(code);
    ASSERT_NE(at, std::string::npos);
    const auto letter = decode_letter(7, std::string(bytes).replace(at, code.size(), "rejected_499"));
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->reason, Reason::unknown);
    EXPECT_EQ(letter->message, sample().message);
}

TEST(Varint, IsReadBackAndLeavesTheRest) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                       std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
        std::string bytes;
        put_varint(bytes, number);
        bytes += "rest";
        std::string_view in(bytes);
        EXPECT_EQ(get_varint(in), number);
        EXPECT_EQ(in, "rest");
    }
}

TEST(Varint, IsRejectedIfItHasMoreThan64Bits) {
    const std::string bytes = std::string(9, '\xFF') + '\x02';
    std::string_view in(bytes);
    EXPECT_FALSE(get_varint(in));
}

TEST(Text, IsRejectedIfItIsTruncated) {
    std::string_view in("\x05only", 5);
    EXPECT_FALSE(get_text(in));
}

TEST(Keys, SortByStreamThenByNumber) {
    EXPECT_LT(keys::numbered(1, 255), keys::numbered(1, 256));
    EXPECT_LT(keys::numbered(1, std::numeric_limits<std::uint64_t>::max()), keys::numbered(2, 0));
    EXPECT_EQ(keys::number_of(keys::numbered(3, 0x0102'0304'0506'0708)), 0x0102'0304'0506'0708);
}

TEST(Keys, OfMessageIdsSortBySourceThenByTimeThenByCommit) {
    const WallTime time(milliseconds(1'700'000'000'123));
    const auto key = keys::message_ids("web", time, 7);
    const auto read = keys::parse_message_ids(key);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->source, "web");
    EXPECT_EQ(read->time, time);
    EXPECT_LT(keys::message_ids_begin, keys::message_ids_from("web", WallTime{}));
    EXPECT_LT(keys::message_ids_from("web", time), key);
    EXPECT_LT(key, keys::message_ids("web", time, 8));
    EXPECT_LT(keys::message_ids("web", time, UINT64_MAX), keys::message_ids_from("web", time + milliseconds(1)));
    EXPECT_LT(keys::message_ids("web", time, UINT64_MAX), keys::message_ids_from("web2", WallTime{}));
    EXPECT_FALSE(keys::parse_message_ids(std::string_view(key).substr(1)));
}

}  // namespace
}  // namespace pintle::journal
