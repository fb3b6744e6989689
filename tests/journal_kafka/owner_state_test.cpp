#include "kafka/owner_state.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "dead_letter_codec.hpp"
#include "intervals.hpp"
#include "kafka/copies.hpp"
#include "kafka/entry_codec.hpp"
#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Action = OwnerState::Action;

constexpr auto window = 1h;
const WallTime start{1'764'205'200s};

std::string event_of(std::string_view message) {
    Record record;
    record.source = "app";
    record.message = message_hash("app", message);
    record.event = message;
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

// A ledger, its owner, and the topic that the owner reads.
struct Owned {
    Action read(const std::string& entry, WallTime appended = start) {
        return owner->read(end++, entry, decode_entry(entry), appended);
    }

    std::vector<Offset> admit() {
        std::vector<StoredRecord> admitted;
        owner->admit(admitted);
        std::vector<Offset> offsets;
        for (const auto& record : admitted) offsets.push_back(record.offset);
        return offsets;
    }

    // The next delta is written and read back.
    Delta write() {
        const auto delta = owner->take_delta(start);
        apply(delta);
        owner->read_back(delta);
        return delta;
    }

    void apply(const Delta& delta) {
        LedgerRecord record;
        record.delta = delta;
        ASSERT_EQ(ledger.apply(written++, record), ApplyResult::applied);
    }

    // An event whose letter is written there, and not named yet.
    void dead_letter(NamedLetter letter) {
        const auto offset = end;
        read(encode_event(event_of("rejected " + std::to_string(offset))));
        admit();
        owner->begin_dead_letter(offset);
        owner->finish_dead_letter(offset, letter);
    }

    // Another process owns the stream, with what the ledger says.
    void take_over() {
        owner.emplace(ledger, window);
        end = owner->next_read();
    }

    LedgerState ledger;
    LedgerOffset written = 0;
    Offset end = 0;  // the topic's, as far as read
    std::optional<OwnerState> owner{std::in_place, ledger, window};
};

TEST(OwnerState, AdmitsEventsInTheirOrder) {
    Owned owned;
    for (const auto* text : {"a", "b", "c"}) EXPECT_EQ(owned.read(encode_event(event_of(text))), Action::none);
    std::vector<StoredRecord> admitted;
    owned.owner->admit(admitted);
    ASSERT_EQ(admitted.size(), 3);
    EXPECT_EQ(admitted[0].bytes, event_of("a"));
    EXPECT_EQ(admitted[2].offset, 2);
    EXPECT_EQ(owned.owner->frontier(), 3);
    const auto delta = owned.write();
    EXPECT_EQ(delta.frontier, 3);
    EXPECT_EQ(delta.admitted.size(), 3);
    EXPECT_EQ(delta.acked.size(), 0);
}

TEST(OwnerState, ASecondEventWithTheSameMessageIsADuplicate) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), ElementsAre(0));
    owned.write();
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), IsEmpty());
    owned.write();
    EXPECT_EQ(owned.ledger.counts().duplicates, 2);
    EXPECT_EQ(owned.ledger.first_pending(), 0);
    EXPECT_EQ(owned.ledger.acked().size(), 2);
}

TEST(OwnerState, TellsWhichEventsItDroppedAsDuplicates) {
    Owned owned;
    DeadLetter letter;
    letter.source = "app";
    letter.event = "bad";
    for (int i = 0; i < 2; ++i) {
        owned.read(encode_event(event_of("a")));
        if (owned.read(encode_letter(message_hash("app", "bad"), encode(letter))) == Action::write_letter)
            owned.owner->finish_letter(owned.end - 1, {7, 100});
    }
    owned.read(encode_event(event_of("b")));
    owned.admit();
    const auto dropped = owned.owner->take_duplicates();
    ASSERT_EQ(dropped.size(), 2);
    EXPECT_EQ(dropped[0].event, "a");
    EXPECT_EQ(dropped[0].source, "app");
    EXPECT_EQ(dropped[0].message, message_hash("app", "a"));
    EXPECT_EQ(dropped[1].event, "bad");
    EXPECT_THAT(owned.owner->take_duplicates(), IsEmpty());
}

TEST(OwnerState, ANewOwnerKnowsTheMessagesOfTheFormerOne) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    owned.admit();
    owned.write();
    owned.take_over();
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), IsEmpty());
}

TEST(OwnerState, ANewOwnerAdmitsAgainWhatTheFormerOneHadNotWritten) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), ElementsAre(0));
    owned.take_over();
    EXPECT_EQ(owned.end, 0);
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), ElementsAre(0));
}

TEST(OwnerState, AMessageIsForgottenAfterTheWindow) {
    Owned owned;
    owned.read(encode_event(event_of("a")), start);
    owned.read(encode_event(event_of("a")), start + window);
    owned.read(encode_event(event_of("a")), start + window + 1ms);
    EXPECT_THAT(owned.admit(), ElementsAre(0, 2));
}

TEST(OwnerState, ForgetsNoMessageThatCameAgain) {
    Owned owned;
    owned.read(encode_event(event_of("a")), start);
    owned.read(encode_event(event_of("a")), start + 2 * window);
    owned.admit();
    owned.owner->forget(message_hash("app", "a"), start + 1h);
    owned.read(encode_event(event_of("a")), start + 2 * window + 1s);
    EXPECT_THAT(owned.admit(), IsEmpty());
    owned.owner->forget(message_hash("app", "a"), start + 4 * window);
    owned.read(encode_event(event_of("a")), start + 2 * window + 1s);
    EXPECT_THAT(owned.admit(), ElementsAre(3));
}

TEST(OwnerState, WithoutAWindowNothingIsADuplicate) {
    LedgerState ledger;
    OwnerState owner(ledger, 0ms);
    const auto entry = encode_event(event_of("a"));
    owner.read(0, entry, decode_entry(entry), start);
    owner.read(1, entry, decode_entry(entry), start);
    std::vector<StoredRecord> admitted;
    owner.admit(admitted);
    EXPECT_EQ(admitted.size(), 2);
    EXPECT_THAT(owner.take_delta(start).admitted, IsEmpty());
}

TEST(OwnerState, LaterEventsWaitUntilALetterIsWritten) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    EXPECT_EQ(owned.read(encode_letter(message_hash("app", "b"), "letter")), Action::write_letter);
    owned.read(encode_event(event_of("c")));
    EXPECT_THAT(owned.admit(), ElementsAre(0));
    EXPECT_EQ(owned.owner->frontier(), 1);
    owned.owner->finish_letter(1, {7, 100});
    EXPECT_THAT(owned.admit(), ElementsAre(2));
    const auto delta = owned.write();
    EXPECT_THAT(delta.dead_letters, ElementsAre(NamedLetter{7, 100}));
    EXPECT_THAT(owned.ledger.acked().ranges(), ElementsAre(Range{1, 2}));
    EXPECT_EQ(owned.ledger.counts().dead_lettered, 1);
}

TEST(OwnerState, ALetterOfAKnownMessageIsADuplicateAndIsNotWritten) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    owned.admit();
    EXPECT_EQ(owned.read(encode_letter(message_hash("app", "a"), "letter")), Action::none);
    owned.admit();
    const auto delta = owned.write();
    EXPECT_THAT(delta.dead_letters, IsEmpty());
    EXPECT_EQ(delta.duplicates, 1);
}

TEST(OwnerState, LettersWithoutAMessageAreNoRepetitions) {
    Owned owned;
    for (Offset letter = 0; letter < 2; ++letter) {
        EXPECT_EQ(owned.read(encode_letter({}, "letter")), Action::write_letter);
        owned.owner->finish_letter(letter, {letter, 10});
    }
    owned.admit();
    EXPECT_EQ(owned.write().dead_letters.size(), 2);
}

TEST(OwnerState, ADeadLetterIsNamedOnceItIsWritten) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    owned.admit();
    EXPECT_TRUE(owned.owner->begin_dead_letter(0));
    EXPECT_FALSE(owned.owner->begin_dead_letter(0));
    EXPECT_FALSE(owned.owner->ack(0));
    EXPECT_EQ(owned.write().acked.size(), 0);
    EXPECT_EQ(owned.owner->unwritten_acks(), 1);
    owned.owner->finish_dead_letter(0, {3, 50});
    owned.write();
    EXPECT_EQ(owned.owner->unwritten_acks(), 0);
    EXPECT_TRUE(owned.ledger.has_letter(3));
}

TEST(OwnerState, AReplayRemovesItsLetterAndIsAdmitted) {
    Owned owned;
    owned.dead_letter({5, 50});
    owned.write();
    owned.read(encode_replay(5, event_of("rejected")));
    EXPECT_THAT(owned.admit(), ElementsAre(1));
    const auto delta = owned.write();
    EXPECT_THAT(delta.removed_letters, ElementsAre(RemovedLetter{5, LetterRemoval::replayed}));
    EXPECT_EQ(owned.ledger.counts().replays, 1);
    EXPECT_EQ(owned.ledger.counts().replayed, 1);
    EXPECT_FALSE(owned.ledger.has_letter(5));
}

TEST(OwnerState, ASecondReplayOfALetterIsADuplicate) {
    Owned owned;
    owned.dead_letter({5, 50});
    owned.write();
    owned.read(encode_replay(5, event_of("rejected")));
    owned.read(encode_replay(5, event_of("rejected")));
    EXPECT_THAT(owned.admit(), ElementsAre(1));
    owned.write();
    EXPECT_EQ(owned.ledger.counts().replays, 2);
    EXPECT_EQ(owned.ledger.counts().replayed, 1);
    EXPECT_EQ(owned.ledger.counts().duplicates, 1);
}

TEST(OwnerState, ALetterCanBeReplayedBeforeItsDeltaIsReadBack) {
    Owned owned;
    owned.dead_letter({5, 50});
    const auto naming = owned.owner->take_delta(start);
    owned.read(encode_replay(5, event_of("rejected")));
    EXPECT_THAT(owned.admit(), ElementsAre(1));
    const auto removing = owned.owner->take_delta(start);
    owned.apply(naming);
    owned.apply(removing);
    EXPECT_EQ(owned.ledger.counts().replayed, 1);
}

TEST(OwnerState, APurgeRemovesLettersThatAreThere) {
    Owned owned;
    owned.dead_letter({5, 50});
    owned.write();
    owned.read(encode_purge({5, 6, 5}));
    EXPECT_THAT(owned.admit(), IsEmpty());
    const auto delta = owned.write();
    EXPECT_THAT(delta.removed_letters, ElementsAre(RemovedLetter{5, LetterRemoval::purged}));
    EXPECT_EQ(delta.commands, 1);
    owned.read(encode_replay(5, event_of("rejected")));
    EXPECT_THAT(owned.admit(), IsEmpty());
}

TEST(OwnerState, TheOldestLettersAreEvicted) {
    Owned owned;
    owned.dead_letter({5, 50});
    owned.dead_letter({6, 30});
    owned.dead_letter({7, 30});
    owned.write();
    owned.owner->evict_letters(110);
    EXPECT_FALSE(owned.owner->is_dirty());
    owned.owner->evict_letters(70);
    owned.owner->evict_letters(70);
    const auto delta = owned.write();
    EXPECT_THAT(delta.removed_letters, ElementsAre(RemovedLetter{5, LetterRemoval::evicted}));
    EXPECT_EQ(owned.ledger.letter_bytes(), 60);
}

TEST(OwnerState, ADiscardEndsAllBeforeItAndNothingAfterIt) {
    Owned owned;
    owned.dead_letter({5, 50});
    owned.read(encode_event(event_of("pending")));
    owned.admit();
    owned.owner->set_metadata("pauses", "an old one");
    owned.write();
    owned.owner->set_metadata("message", "a new one");
    owned.read(encode_discard());
    owned.read(encode_event(event_of("later")));
    EXPECT_THAT(owned.admit(), ElementsAre(3));
    owned.write();
    const auto& counts = owned.ledger.counts();
    EXPECT_EQ(counts.purged, 2);
    EXPECT_EQ(counts.dead_lettered, 2);
    EXPECT_EQ(counts.retained(), 0);
    EXPECT_EQ(owned.ledger.first_pending(), 3);
    EXPECT_EQ(owned.ledger.metadata("pauses"), "");
    EXPECT_EQ(owned.ledger.metadata("message"), "");
}

TEST(OwnerState, ACommandIsDecidedOnceItHasRun) {
    Owned owned;
    EXPECT_EQ(owned.read(encode_command("pause")), Action::run_command);
    owned.read(encode_event(event_of("a")));
    EXPECT_THAT(owned.admit(), IsEmpty());
    owned.owner->finish_command(0);
    EXPECT_THAT(owned.admit(), ElementsAre(1));
    owned.write();
    EXPECT_EQ(owned.ledger.counts().commands, 1);
}

TEST(OwnerState, RecordsThatAreLeftOutAreReadAgain) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    owned.end = 4;
    EXPECT_EQ(owned.read(encode_event(event_of("e"))), Action::read_again);
    EXPECT_EQ(owned.owner->next_read(), 1);
    EXPECT_THAT(owned.admit(), ElementsAre(0));
}

TEST(OwnerState, RecordsThatTheTopicHasNoMoreAreLost) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    EXPECT_EQ(owned.owner->lose_before(1), 0);
    EXPECT_EQ(owned.owner->lose_before(4), 3);
    owned.end = 4;
    owned.read(encode_event(event_of("e")));
    EXPECT_THAT(owned.admit(), ElementsAre(0, 4));
    owned.write();
    EXPECT_EQ(owned.ledger.counts().lost, 3);
    EXPECT_TRUE(owned.owner->lose(4));
    EXPECT_FALSE(owned.owner->lose(4));
    owned.write();
    EXPECT_EQ(owned.ledger.counts().lost, 4);
}

// ---- Copies ----

// An owner with one pending event, at offset 0.
struct OwnedWithEvent : Owned {
    OwnedWithEvent() {
        read(encode_event(event_of("a")));
        admit();
        write();
    }

    // The next record is a copy of the event. It admits nothing.
    void read_copy() {
        EXPECT_EQ(read(encode_copy(0, event_of("a"))), Action::none);
        EXPECT_THAT(admit(), IsEmpty());
    }

    std::vector<PendingEvent> pending() const {
        PendingEvents events(owner->acked(), owner->copies(), 0, owner->frontier());
        std::vector<PendingEvent> found;
        while (const auto event = events.next()) found.push_back(*event);
        return found;
    }

    // Nothing is pending, and the ledger has an explanation for each record.
    void expect_resolved() {
        write();
        const auto& counts = ledger.counts();
        EXPECT_EQ(ledger.backlog(end), 0);
        EXPECT_EQ(counts.acked(), end);
        EXPECT_EQ(end - counts.copied - counts.commands, counts.delivered + counts.dead_lettered + counts.lost);
        EXPECT_THAT(ledger.copies().events(), IsEmpty());
        EXPECT_THAT(owner->copies().events(), IsEmpty());
    }
};

TEST(OwnerState, ACopyTakesThePlaceOfThePendingEvent) {
    OwnedWithEvent owned;
    owned.read_copy();
    EXPECT_THAT(owned.pending(), ElementsAre(PendingEvent{0, 1}));
    EXPECT_THAT(owned.write().moved, ElementsAre(MovedEvent{0, 1}));
    EXPECT_EQ(owned.ledger.first_pending(), 1);
    EXPECT_EQ(owned.ledger.counts().copied, 1);
    EXPECT_EQ(owned.ledger.backlog(owned.end), 1);
    EXPECT_TRUE(owned.owner->ack(0));
    EXPECT_FALSE(owned.owner->ack(0));
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().delivered, 1);
}

TEST(OwnerState, ACopyOfAnEventThatIsNotPendingIsNoEvent) {
    OwnedWithEvent owned;
    EXPECT_TRUE(owned.owner->ack(0));
    owned.read_copy();
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().commands, 1);
    // Nor is one of a record that comes later.
    owned.read(encode_copy(7, event_of("a")));
    EXPECT_THAT(owned.admit(), IsEmpty());
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().commands, 2);
}

TEST(OwnerState, AnAckTakesBackAMoveThatNoDeltaHas) {
    OwnedWithEvent owned;
    owned.read_copy();
    EXPECT_TRUE(owned.owner->ack(0));
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().commands, 1);
    EXPECT_EQ(owned.ledger.counts().copied, 0);
    EXPECT_EQ(owned.ledger.counts().delivered, 1);
}

TEST(OwnerState, AnEventIsAckedAfterTheDeltaThatMovesIt) {
    OwnedWithEvent owned;
    owned.read_copy();
    const auto moving = owned.owner->take_delta(start);
    EXPECT_TRUE(owned.owner->ack(0));
    const auto acking = owned.owner->take_delta(start);
    EXPECT_THAT(acking.acked.ranges(), ElementsAre(Range{1, 2}));
    for (const auto& delta : {moving, acking}) {
        owned.apply(delta);
        owned.owner->read_back(delta);
    }
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().copied, 1);
}

TEST(OwnerState, ACopyThatIsReadAfterTheAckIsNoEventBeforeTheAckIsReadBack) {
    OwnedWithEvent owned;
    EXPECT_TRUE(owned.owner->ack(0));
    const auto acking = owned.owner->take_delta(start);
    owned.read_copy();
    owned.apply(acking);
    owned.owner->read_back(acking);
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().delivered, 1);
    EXPECT_EQ(owned.ledger.counts().copied, 0);
}

TEST(OwnerState, AnEventWhoseLetterIsWrittenIsNotMoved) {
    OwnedWithEvent owned;
    EXPECT_TRUE(owned.owner->begin_dead_letter(0));
    owned.read_copy();
    owned.write();
    owned.owner->finish_dead_letter(0, {3, 50});
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().dead_lettered, 1);
    EXPECT_EQ(owned.ledger.counts().commands, 1);
}

TEST(OwnerState, ACopiedEventBecomesADeadLetter) {
    for (const bool is_written : {false, true}) {
        OwnedWithEvent owned;
        owned.read_copy();
        if (is_written) owned.write();
        EXPECT_TRUE(owned.owner->begin_dead_letter(0));
        EXPECT_THAT(owned.pending(), IsEmpty());
        owned.write();
        owned.owner->finish_dead_letter(0, {3, 50});
        owned.expect_resolved();
        EXPECT_EQ(owned.ledger.counts().dead_lettered, 1);
        EXPECT_EQ(owned.ledger.counts().copied, is_written ? 1 : 0);
    }
}

TEST(OwnerState, ACopiedEventIsLostWithItsCopy) {
    OwnedWithEvent owned;
    owned.read_copy();
    owned.write();
    EXPECT_TRUE(owned.owner->lose(0));
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().lost, 1);
}

TEST(OwnerState, ADeltaMovesAnEventOnce) {
    OwnedWithEvent owned;
    owned.read_copy();
    owned.read_copy();
    EXPECT_THAT(owned.write().moved, ElementsAre(MovedEvent{0, 1}));
    EXPECT_EQ(owned.ledger.counts().commands, 1);
    owned.read_copy();
    EXPECT_THAT(owned.pending(), ElementsAre(PendingEvent{0, 3}));
    EXPECT_THAT(owned.write().moved, ElementsAre(MovedEvent{1, 3}));
    EXPECT_TRUE(owned.owner->ack(0));
    owned.expect_resolved();
}

TEST(OwnerState, AMoveOfAnEarlierCopyIsTakenBack) {
    OwnedWithEvent owned;
    owned.read_copy();
    owned.write();
    owned.read_copy();
    EXPECT_TRUE(owned.owner->ack(0));
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().copied, 1);
    EXPECT_EQ(owned.ledger.counts().commands, 1);
}

TEST(OwnerState, ANewOwnerDecidesAboutTheCopiesOfTheFormerOne) {
    OwnedWithEvent owned;
    owned.read_copy();  // and the former owner is gone
    owned.take_over();
    EXPECT_THAT(owned.pending(), ElementsAre(PendingEvent{0, 0}));
    owned.read_copy();
    owned.read(encode_event(event_of("b")));
    owned.admit();
    owned.write();
    owned.take_over();
    EXPECT_THAT(owned.pending(), ElementsAre(PendingEvent{0, 1}, PendingEvent{2, 2}));
    EXPECT_TRUE(owned.owner->ack(2));
    EXPECT_TRUE(owned.owner->ack(0));
    owned.expect_resolved();
    EXPECT_EQ(owned.ledger.counts().delivered, 2);
}

TEST(OwnerState, ADiscardEndsCopiedEvents) {
    for (const bool is_written : {false, true}) {
        OwnedWithEvent owned;
        owned.read(encode_event(event_of("b")));
        owned.admit();
        owned.read_copy();
        if (is_written) owned.write();
        owned.read(encode_discard());
        EXPECT_THAT(owned.admit(), IsEmpty());
        EXPECT_THAT(owned.pending(), IsEmpty());
        owned.expect_resolved();
        EXPECT_EQ(owned.ledger.counts().purged, 2);
        EXPECT_EQ(owned.ledger.counts().copied, is_written ? 1 : 0);
    }
}

TEST(OwnerState, OnlyAdmittedEventsCanBeAcked) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    EXPECT_FALSE(owned.owner->ack(0));
    owned.admit();
    EXPECT_TRUE(owned.owner->ack(0));
    EXPECT_FALSE(owned.owner->ack(0));
    EXPECT_FALSE(owned.owner->ack(1));
}

TEST(OwnerState, ADamagedRecordIsLostAndLaterEventsAreAdmitted) {
    Owned owned;
    owned.read(encode_event(event_of("a")));
    EXPECT_EQ(owned.read("hello"), Action::none);
    EXPECT_EQ(owned.read(encode_purge({1, 2}).substr(0, 2)), Action::none);
    owned.read(encode_event(event_of("b")));
    EXPECT_THAT(owned.admit(), ElementsAre(0, 3));
    owned.write();
    EXPECT_EQ(owned.ledger.counts().lost, 2);
    EXPECT_EQ(owned.ledger.backlog(4), 2);
}

TEST(OwnerState, ADamagedEventIsAdmittedWithItsBytes) {
    Owned owned;
    const auto damaged = event_of("a").substr(0, 5);
    owned.read(encode_event(damaged));
    std::vector<StoredRecord> admitted;
    owned.owner->admit(admitted);
    ASSERT_EQ(admitted.size(), 1);
    EXPECT_EQ(admitted[0].bytes, damaged);
}

TEST(OwnerState, MetadataIsKnownAtOnceAndKeptByTheLedger) {
    Owned owned;
    owned.owner->set_metadata("region", "eu");
    EXPECT_EQ(owned.owner->metadata("region"), "eu");
    EXPECT_EQ(owned.ledger.metadata("region"), std::nullopt);
    EXPECT_TRUE(owned.owner->is_dirty());
    owned.write();
    owned.take_over();
    EXPECT_EQ(owned.owner->metadata("region"), "eu");
    EXPECT_FALSE(owned.owner->is_dirty());
}

TEST(OwnerState, NoDeltaIsLargerThanARecord) {
    Owned owned;
    for (int i = 0; i < 30'000; ++i) owned.read(encode_event(event_of(std::to_string(i))));
    for (int i = 0; i < 30'000; ++i) owned.read(encode_event(event_of(std::to_string(i % 2))));
    for (int i = 0; i < 30'000; ++i) {
        const auto offset = owned.end;
        owned.read(encode_letter({}, "letter"));
        owned.owner->finish_letter(offset, {offset, 1'000});
    }
    for (Offset event = 0; event < 30'000; ++event) owned.read(encode_copy(event, event_of("copy")));
    while (owned.owner->frontier() < owned.end) {
        owned.admit();
        const auto delta = owned.write();
        ASSERT_LE(encode_delta({}, delta).size(), max_record_bytes);
    }
    EXPECT_EQ(owned.ledger.counts().duplicates, 30'000);
    EXPECT_EQ(owned.ledger.counts().dead_lettered, 30'000);
    EXPECT_EQ(owned.ledger.counts().copied, 30'000);
    EXPECT_EQ(owned.owner->waiting_bytes(), 0);
}

}  // namespace
}  // namespace pintle::journal::kafka
