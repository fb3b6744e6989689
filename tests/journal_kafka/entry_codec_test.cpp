#include "kafka/entry_codec.hpp"

#include <string>

#include <gmock/gmock.h>

#include "pintle/journal/record.hpp"

namespace pintle::journal::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string record() {
    Record record;
    record.source = "app";
    record.event = R"({"type":"track"})";
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

TEST(EntryCodec, AnEventDecodesToItsRecord) {
    const auto bytes = encode_event(record());
    const auto entry = decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->kind, EntryKind::event);
    EXPECT_EQ(entry->bytes, record());
}

TEST(EntryCodec, AReplayDecodesToItsLetterAndItsRecord) {
    const auto bytes = encode_replay(70'000, record());
    const auto entry = decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->kind, EntryKind::replay);
    EXPECT_THAT(entry->letters, ElementsAre(70'000));
    EXPECT_EQ(entry->bytes, record());
}

TEST(EntryCodec, ACopyDecodesToItsEventAndItsRecord) {
    const auto bytes = encode_copy(70'000, record());
    const auto entry = decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->kind, EntryKind::copy);
    EXPECT_EQ(entry->event, 70'000);
    EXPECT_EQ(entry->bytes, record());
}

TEST(EntryCodec, ALetterDecodesToItsMessageAndItsBytes) {
    const auto message = message_hash("app", "m1");
    const auto bytes = encode_letter(message, "letter");
    const auto entry = decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->kind, EntryKind::letter);
    EXPECT_EQ(entry->message, message);
    EXPECT_EQ(entry->bytes, "letter");
}

TEST(EntryCodec, APurgeDecodesToItsLetters) {
    const auto bytes = encode_purge({3, 1'000'000, 0});
    const auto entry = decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->kind, EntryKind::purge);
    EXPECT_THAT(entry->letters, ElementsAre(3, 1'000'000, 0));
}

TEST(EntryCodec, ACommandAndADiscardDecode) {
    const auto bytes = encode_command("pause");
    const auto command = decode_entry(bytes);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, EntryKind::command);
    EXPECT_EQ(command->bytes, "pause");
    const auto discard_bytes = encode_discard();
    const auto discard = decode_entry(discard_bytes);
    ASSERT_TRUE(discard);
    EXPECT_EQ(discard->kind, EntryKind::discard);
    EXPECT_THAT(discard->letters, IsEmpty());
}

TEST(EntryCodec, AKindOfTheRangeForLaterOnesIsOfANewerVersion) {
    for (const char kind : {'\x0e', '\x10', '\x1f'}) {
        const auto entry = decode_entry(std::string(1, kind) + "rest");
        ASSERT_FALSE(entry);
        EXPECT_EQ(entry.error(), DecodeError::newer_version);
    }
}

TEST(EntryCodec, WhatSomebodyElseWritesIsDamaged) {
    for (const std::string& bytes :
         {std::string("hello"), std::string(R"({"a":1})"), std::string("\n[1]"), std::string("\tx"), std::string(" "),
          std::string("\0\0\0\0\1", 5), std::string("\x08\x01"), std::string("\xef\xbb\xbf"), std::string("\xff")}) {
        const auto entry = decode_entry(bytes);
        ASSERT_FALSE(entry) << bytes;
        EXPECT_EQ(entry.error(), DecodeError::damaged) << bytes;
    }
}

TEST(EntryCodec, AnEventOfALaterRecordFormatIsOfANewerVersion) {
    auto later = record();
    later[0] = 2;
    const auto version = decode_entry(encode_event(later));
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error(), DecodeError::newer_version);
    auto flagged = record();
    flagged[1] = static_cast<char>(flagged[1] | 0x80);
    for (const auto& bytes : {encode_replay(1, flagged), encode_copy(1, flagged)}) {
        const auto flags = decode_entry(bytes);
        ASSERT_FALSE(flags);
        EXPECT_EQ(flags.error(), DecodeError::newer_version);
    }
}

TEST(EntryCodec, ADamagedEventIsKeptAsItIs) {
    const auto cut = encode_event(record().substr(0, 5));
    const auto entry = decode_entry(cut);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->bytes, record().substr(0, 5));
}

TEST(EntryCodec, WhatIsCutOffIsDamaged) {
    for (const auto& bytes :
         {std::string(), encode_letter({}, "").substr(0, 16), encode_purge({1, 2}).substr(0, 3),
          encode_purge({1}) + "more", encode_replay(70'000, "").substr(0, 2), encode_copy(70'000, "").substr(0, 2)}) {
        const auto entry = decode_entry(bytes);
        ASSERT_FALSE(entry) << bytes;
        EXPECT_EQ(entry.error(), DecodeError::damaged) << bytes;
    }
}

}  // namespace
}  // namespace pintle::journal::kafka
