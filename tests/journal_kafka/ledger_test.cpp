#include <random>
#include <string>

#include <gmock/gmock.h>

#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "settings.hpp"

namespace pintle::journal::kafka {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::Optional;
using testing::Pair;

constexpr RecordHeader header{.kind = RecordKind::delta, .epoch = 300, .node = 0x123456789ABCDEF0, .sequence = 70'000};

WallTime time_at(std::int64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(milliseconds));
}

MessageHash hash_of(std::uint8_t byte) {
    MessageHash hash{};
    hash.fill(byte);
    return hash;
}

Delta acking(Offset begin, Offset end) {
    Delta delta;
    delta.acked.add(Range{begin, end});
    return delta;
}

Delta full_delta() {
    auto delta = acking(5, 20);
    delta.written = time_at(1'764'205'200'123);
    delta.acked.add(1000);
    delta.frontier = 1001;
    delta.duplicates = 2;
    delta.commands = 1;
    delta.discarded = 1;
    delta.replays = 1;
    delta.lost = 1;
    delta.dead_letters = {{7, 1200}, {8, 0}};
    delta.removed_letters = {{7, LetterRemoval::replayed}, {3, LetterRemoval::evicted}};
    delta.moved = {{2, 3000}};
    delta.metadata = {{"paused", "operator"}, {"region", std::nullopt}, {"empty", ""}};
    delta.admitted = {hash_of(0), hash_of(255)};
    return delta;
}

void expect_equal(const Delta& left, const Delta& right) {
    EXPECT_EQ(left.written, right.written);
    EXPECT_EQ(left.acked.ranges(), right.acked.ranges());
    EXPECT_EQ(left.duplicates, right.duplicates);
    EXPECT_EQ(left.frontier, right.frontier);
    EXPECT_EQ(left.lost, right.lost);
    EXPECT_EQ(left.commands, right.commands);
    EXPECT_EQ(left.discarded, right.discarded);
    EXPECT_EQ(left.replays, right.replays);
    EXPECT_EQ(left.dead_letters, right.dead_letters);
    EXPECT_EQ(left.removed_letters, right.removed_letters);
    EXPECT_EQ(left.moved, right.moved);
    EXPECT_EQ(left.metadata, right.metadata);
    EXPECT_EQ(left.admitted, right.admitted);
}

// Applies a record as a node does that reads it from the topic.
ApplyResult apply(LedgerState& state, LedgerOffset offset, const Delta& delta) {
    return state.apply(offset, *decode_ledger_record(encode_delta(header, delta)));
}

ApplyResult apply(LedgerState& state, LedgerOffset offset, const SnapshotPart& part) {
    return state.apply(offset, *decode_ledger_record(encode_snapshot({.kind = RecordKind::snapshot}, part)));
}

TEST(LedgerCodec, AClaimDecodesToTheSame) {
    for (const LedgerOffset after : {no_offset, LedgerOffset{0}, LedgerOffset{1'000'000'000'000}}) {
        auto claim = header;
        claim.kind = RecordKind::claim;
        claim.after = after;
        const auto record = decode_ledger_record(encode_claim(claim));
        ASSERT_TRUE(record);
        EXPECT_EQ(record->header, claim);
    }
}

TEST(LedgerCodec, AReleaseDecodesToTheSame) {
    auto release = header;
    release.kind = RecordKind::release;
    const auto record = decode_ledger_record(encode_release(release));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->header, release);
}

TEST(LedgerCodec, ADeltaDecodesToTheSame) {
    const auto record = decode_ledger_record(encode_delta(header, full_delta()));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->header, header);
    expect_equal(record->delta, full_delta());
}

TEST(LedgerCodec, AHeartbeatIsSmall) {
    EXPECT_LT(encode_delta({.kind = RecordKind::delta, .epoch = 1, .node = ~0ULL, .sequence = 1}, {}).size(), 40);
}

TEST(LedgerCodec, EveryPrefixOfARecordIsDamaged) {
    const auto bytes = encode_delta(header, full_delta());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto record = decode_ledger_record(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(record) << size;
        ASSERT_EQ(record.error(), DecodeError::damaged) << size;
    }
}

TEST(LedgerCodec, EveryFlippedBitIsDamageAndNoNewerVersion) {
    const auto bytes = encode_delta(header, full_delta());
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const auto record = decode_ledger_record(flipped);
        ASSERT_FALSE(record) << bit;
        ASSERT_EQ(record.error(), DecodeError::damaged) << bit;
    }
}

TEST(LedgerCodec, ARecordOfANewerVersionIsToldApart) {
    // Version 2, with a checksum that zlib.crc32(b"\x02later") gives.
    const std::string bytes("\x02\xfc\x45\x2b\xd6later", 10);
    const auto record = decode_ledger_record(bytes);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error(), DecodeError::newer_version);
}

TEST(LedgerCodec, NoDeltaIsLargerThanItsBound) {
    auto delta = full_delta();
    for (Offset offset = 1'000'000; offset < 1'001'000; offset += 2) delta.acked.add(offset);
    delta.admitted.resize(1000);
    EXPECT_LE(encode_delta(header, delta).size(), size_bound(delta));
}

TEST(LedgerState, CountsWhatBecameOfTheEvents) {
    LedgerState state;
    auto delta = acking(0, 10);
    delta.duplicates = 2;
    delta.lost = 1;
    delta.dead_letters = {{0, 500}, {1, 600}};
    ASSERT_EQ(apply(state, 0, delta), ApplyResult::applied);
    EXPECT_EQ(state.counts(), (LedgerCounts{.delivered = 5, .dead_lettered = 2, .duplicates = 2, .lost = 1}));
    EXPECT_EQ(state.first_pending(), 10);
    EXPECT_EQ(state.backlog(12), 2);
    EXPECT_EQ(state.letter_bytes(), 1100);
}

TEST(LedgerState, ALetterIsRemovedOnceAndCountsForItsCause) {
    LedgerState state;
    auto delta = acking(0, 3);
    delta.dead_letters = {{0, 500}, {1, 600}, {2, 700}};
    apply(state, 0, delta);
    Delta removal;
    removal.removed_letters = {{0, LetterRemoval::replayed}, {2, LetterRemoval::purged}};
    EXPECT_EQ(apply(state, 1, removal), ApplyResult::applied);
    EXPECT_THAT(state.letters(), ElementsAre(Pair(1, 600)));
    EXPECT_EQ(state.counts().retained(), 1);
    EXPECT_EQ(apply(state, 2, removal), ApplyResult::invalid);
}

TEST(LedgerState, AnEventIsAckedOnce) {
    LedgerState state;
    apply(state, 0, acking(0, 10));
    const auto before = state.encode();
    EXPECT_EQ(apply(state, 1, acking(9, 12)), ApplyResult::invalid);
    EXPECT_EQ(state.encode(), before);
}

TEST(LedgerState, ADeltaWithMoreCausesThanAckedEventsIsInvalid) {
    LedgerState state;
    auto delta = acking(0, 2);
    delta.duplicates = 2;
    delta.dead_letters = {{0, 1}};
    EXPECT_EQ(apply(state, 0, delta), ApplyResult::invalid);
}

TEST(LedgerState, ACopyKeepsTheOrderOfItsFirstPlace) {
    LedgerState state;
    Delta first;
    first.moved = {{5, 100}};
    Delta second;
    second.moved = {{100, 200}};
    apply(state, 0, first);
    apply(state, 1, second);
    EXPECT_THAT(state.copies().events(), ElementsAre(Pair(200, 5)));
    EXPECT_TRUE(state.acked().contains(5));
    EXPECT_TRUE(state.acked().contains(100));
    EXPECT_FALSE(state.acked().contains(200));
    apply(state, 2, acking(200, 201));
    EXPECT_THAT(state.copies().events(), testing::IsEmpty());
    EXPECT_EQ(state.counts().delivered, 1);
    EXPECT_EQ(state.counts().copied, 2);
}

TEST(LedgerState, ADeltaDoesNotMoveAnEventToTheCopyOfAnother) {
    LedgerState state;
    Delta delta;
    delta.moved = {{5, 100}};
    apply(state, 0, delta);
    delta.moved = {{6, 100}};
    EXPECT_EQ(apply(state, 1, delta), ApplyResult::invalid);
    EXPECT_THAT(state.copies().events(), ElementsAre(Pair(100, 5)));
}

TEST(LedgerState, ASnapshotKeepsCopies) {
    LedgerState state;
    Delta delta = acking(0, 5);
    delta.moved = {{5, 100}, {7, 101}};
    apply(state, 0, delta);
    LedgerState loaded;
    const auto bytes = state.encode();
    ASSERT_EQ(apply(loaded, 7, SnapshotPart{0, 1, bytes}), ApplyResult::applied);
    EXPECT_THAT(loaded.copies().events(), ElementsAre(Pair(100, 5), Pair(101, 7)));
    EXPECT_THAT(loaded.copies().records(), ElementsAre(Pair(5, 100), Pair(7, 101)));
}

TEST(LedgerState, MetadataAreSetAndErased) {
    LedgerState state;
    Delta delta;
    delta.metadata = {{"region", "eu"}, {"paused", "operator"}};
    apply(state, 0, delta);
    delta.metadata = {{"paused", std::nullopt}};
    apply(state, 1, delta);
    EXPECT_THAT(state.metadata("region"), Optional(Eq("eu")));
    EXPECT_EQ(state.metadata("paused"), std::nullopt);
}

TEST(LedgerState, RemembersTheHashesOfOneWindow) {
    LedgerState state;
    for (std::uint8_t i = 1; i <= 3; ++i) {
        Delta delta;
        delta.written = time_at(i);
        delta.admitted = {hash_of(i)};
        apply(state, i, delta);
    }
    state.forget_admitted(time_at(2), [](const MessageHash&) {});
    std::vector<MessageHash> hashes;
    state.admitted_since(time_at(0), [&](const MessageHash& hash, WallTime) { hashes.push_back(hash); });
    EXPECT_THAT(hashes, ElementsAre(hash_of(2), hash_of(3)));
}

// A state of about 3 MB: every other event is acked.
LedgerState large_state() {
    LedgerState state;
    auto delta = full_delta();
    delta.removed_letters.clear();
    for (Offset offset = 1'000'000; offset < 1'000'000 + 400'000; offset += 2) delta.acked.add(offset);
    apply(state, 0, delta);
    for (int i = 0; i < 30; ++i) {
        Delta more;
        more.metadata = {{"large" + std::to_string(i), std::string(90'000, 'x')}};
        apply(state, i + 1, more);
    }
    return state;
}

TEST(LedgerState, ASnapshotInPartsGivesTheSameState) {
    const auto bytes = large_state().encode();
    const auto parts = cut_snapshot(bytes);
    ASSERT_GT(parts.size(), 2);
    LedgerState state;
    LedgerOffset offset = 1000;
    for (const auto& part : parts) {
        EXPECT_LE(encode_snapshot(header, part).size(), max_record_bytes);
        ASSERT_EQ(apply(state, offset++, part), ApplyResult::applied);
        EXPECT_EQ(state.is_complete(), part.part + 1 == part.parts);
    }
    EXPECT_EQ(state.encode(), bytes);
    EXPECT_THAT(state.snapshot_offset(), Optional(1000));
}

TEST(LedgerState, ASnapshotThatIsInterruptedIsNone) {
    const auto bytes = large_state().encode();
    const auto parts = cut_snapshot(bytes);
    LedgerState state;
    ASSERT_EQ(apply(state, 0, Delta{}), ApplyResult::applied);
    apply(state, 1, parts[0]);
    apply(state, 2, Delta{});
    EXPECT_EQ(apply(state, 3, parts[1]), ApplyResult::invalid);
    EXPECT_EQ(state.snapshot_offset(), std::nullopt);
}

TEST(LedgerState, AStateThatIsNoStateIsNotLoaded) {
    LedgerState state;
    EXPECT_EQ(apply(state, 7, SnapshotPart{0, 1, "no state"}), ApplyResult::invalid);
    EXPECT_FALSE(state.is_complete());
}

// A delta of any fields, and of any sizes that a record can have.
class RandomDeltas {
public:
    explicit RandomDeltas(std::uint64_t seed) : random_(seed) {}

    Delta next() {
        Delta delta;
        delta.written = time_at(static_cast<std::int64_t>(random_() >> 1U));
        for (auto left = below(20); left > 0; --left) {
            const auto begin = number() / 2;
            delta.acked.add(Range{begin, begin + 1 + below(1000)});
        }
        delta.duplicates = number();
        delta.lost = number();
        for (auto left = below(5); left > 0; --left) delta.dead_letters.push_back({number(), number()});
        for (auto left = below(5); left > 0; --left) {
            delta.removed_letters.push_back({number(), static_cast<LetterRemoval>(1 + below(3))});
        }
        for (auto left = below(5); left > 0; --left) delta.moved.push_back({number(), number()});
        for (auto left = below(5); left > 0; --left) {
            auto& [name, value] = delta.metadata.emplace_back(text(), std::nullopt);
            if (below(3) > 0) value = text();
        }
        for (auto left = below(50); left > 0; --left)
            delta.admitted.push_back(hash_of(static_cast<std::uint8_t>(left)));
        return delta;
    }

    RecordHeader header() {
        return {.kind = RecordKind::delta, .epoch = number(), .node = number(), .sequence = number()};
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::uint64_t number() { return random_() >> below(64); }
    std::string text() { return std::string(below(300), static_cast<char>(below(256))); }

    std::mt19937_64 random_;
};

TEST(LedgerCodec, AnyDeltaDecodesToTheSame) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 20'261'127);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    RandomDeltas random(seed);
    for (int i = 0; i < 5000 && !testing::Test::HasFailure(); ++i) {
        const auto delta = random.next();
        const auto sent = random.header();
        const auto bytes = encode_delta(sent, delta);
        EXPECT_LE(bytes.size(), size_bound(delta));
        const auto record = decode_ledger_record(bytes);
        ASSERT_TRUE(record);
        EXPECT_EQ(record->header, sent);
        expect_equal(record->delta, delta);
    }
}

}  // namespace
}  // namespace pintle::journal::kafka
