#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "kafka/copies.hpp"
#include "kafka/entry_codec.hpp"
#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "kafka/owner_state.hpp"
#include "pintle/journal/record.hpp"
#include "settings.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using Action = OwnerState::Action;

const WallTime now{1'764'205'200s};

std::string event_of(std::uint64_t message) {
    Record record;
    record.message = message_hash("app", std::to_string(message));
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

// What has to become of the records of the topic, by their order alone.
class Oracle {
public:
    enum class Outcome { admitted, duplicate, letter, command, copy };

    void event(std::uint64_t message) { outcomes_.push_back(first(message) ? Outcome::admitted : Outcome::duplicate); }
    void letter(std::uint64_t message) { outcomes_.push_back(first(message) ? Outcome::letter : Outcome::duplicate); }
    void replay(Offset letter) {
        const bool is_there = removed_.insert(letter).second;
        outcomes_.push_back(is_there ? Outcome::admitted : Outcome::duplicate);
        if (is_there) ++replayed_;
    }
    void purge(Offset letter) {
        outcomes_.push_back(Outcome::command);
        if (removed_.insert(letter).second) ++purged_;
    }
    void command() { outcomes_.push_back(Outcome::command); }
    // What becomes of it depends on what is acked when it is read.
    void copy() { outcomes_.push_back(Outcome::copy); }

    Outcome outcome(Offset offset) const { return outcomes_.at(offset); }
    std::uint64_t count(Outcome outcome) const {
        return static_cast<std::uint64_t>(std::ranges::count(outcomes_, outcome));
    }
    std::uint64_t replayed() const { return replayed_; }
    std::uint64_t purged() const { return purged_; }
    const std::set<MessageHash>& messages() const { return messages_; }

private:
    bool first(std::uint64_t message) { return messages_.insert(message_hash("app", std::to_string(message))).second; }

    std::vector<Outcome> outcomes_;
    std::set<MessageHash> messages_;
    std::set<Offset> removed_;
    std::uint64_t replayed_ = 0;
    std::uint64_t purged_ = 0;
};

// Successive owners of one stream. Each is gone at some moment, with what it had decided and not written.
class Model {
public:
    explicit Model(std::uint64_t seed) : random_(seed) { take_over(); }

    void step() {
        switch (below(13)) {
            case 12:
                if (below(4) == 0) copy();
                break;
            case 0:
            case 1: append(); break;
            case 2:
            case 3: read(); break;
            case 4: finish_one(); break;
            case 5:
            case 6: admit(); break;
            case 7: ack_one(); break;
            case 8: write(); break;
            case 9: arrive(); break;
            case 10: read_back(); break;
            default:
                if (below(100) == 0) take_over();
        }
    }

    void drain() {
        while (log_.counts().acked() < topic_.size()) {
            for (int i = 0; i < 3; ++i) read();
            while (!letters_.empty() || !commands_.empty()) finish_one();
            admit();
            for (std::size_t i = 0; i < 20; ++i) ack_one();
            write();
            arrive();
            read_back();
            if (testing::Test::HasFatalFailure()) return;
        }
    }

    void check() const {
        const auto& counts = log_.counts();
        EXPECT_EQ(log_.frontier(), topic_.size());
        EXPECT_EQ(counts.duplicates, oracle_.count(Oracle::Outcome::duplicate));
        EXPECT_EQ(counts.commands + counts.copied,
                  oracle_.count(Oracle::Outcome::command) + oracle_.count(Oracle::Outcome::copy));
        EXPECT_GT(counts.copied, 0);
        EXPECT_GT(counts.commands, oracle_.count(Oracle::Outcome::command));
        EXPECT_GT(copied_again_, 0);
        EXPECT_THAT(log_.copies().events(), testing::IsEmpty());
        EXPECT_EQ(resolved_.size(), oracle_.count(Oracle::Outcome::admitted));
        EXPECT_EQ(counts.delivered + counts.dead_lettered,
                  oracle_.count(Oracle::Outcome::admitted) + oracle_.count(Oracle::Outcome::letter));
        EXPECT_EQ(counts.replayed, oracle_.replayed());
        EXPECT_EQ(counts.purged, oracle_.purged());
        EXPECT_EQ(counts.lost, 0);
        std::multiset<MessageHash> admitted;
        log_.admitted_since(WallTime{}, [&](const MessageHash& hash, WallTime) { admitted.insert(hash); });
        EXPECT_EQ(admitted, std::multiset<MessageHash>(oracle_.messages().begin(), oracle_.messages().end()));
        EXPECT_GT(counts.delivered, 0);
        EXPECT_GT(counts.duplicates, 0);
        EXPECT_GT(counts.replayed, 0);
        EXPECT_GT(counts.purged, 0);
        EXPECT_GT(counts.commands, 0);
        EXPECT_GT(counts.retained(), 0);
        EXPECT_GT(lost_deltas_, 0);
        std::cout << "records " << topic_.size() << ", owners " << owners_ << ", deltas lost " << lost_deltas_
                  << ", delivered " << counts.delivered << ", duplicates " << counts.duplicates << ", replayed "
                  << counts.replayed << ", purged " << counts.purged << ", copied " << counts.copied
                  << ", pending copies at take-overs " << recovered_copies_ << '\n';
    }

private:
    struct Written {
        Offset event = 0;
        Offset letter = 0;
        bool is_record = false;
    };
    struct Sent {
        Delta delta;
        std::vector<Offset> resolved;  // events that it acks
    };

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    // A letter that the ledger has had, which may be gone.
    Offset some_letter() { return below(log_.letters_end()); }

    void append() {
        const auto message = below(20) == 0 ? below(1 + next_message_) : next_message_++;
        const auto kind = below(20);
        if (kind == 0) {
            topic_.push_back(encode_letter(message_hash("app", std::to_string(message)), "letter"));
            oracle_.letter(message);
        } else if (kind == 1) {
            topic_.push_back(encode_command("command"));
            oracle_.command();
        } else if (kind <= 3 && log_.letters_end() > 0 && was_named(some_letter())) {
            if (kind == 2) {
                topic_.push_back(encode_replay(candidate_, event_of(0)));
                oracle_.replay(candidate_);
            } else {
                topic_.push_back(encode_purge({candidate_}));
                oracle_.purge(candidate_);
            }
        } else {
            topic_.push_back(encode_event(event_of(message)));
            oracle_.event(message);
        }
    }

    // Mostly of a pending event, which may be acked when the copy is read, perhaps by another owner.
    void copy() {
        if (owner_->frontier() == 0) return;
        auto event = below(owner_->frontier());
        PendingEvents events(owner_->acked(), owner_->copies(), 0, owner_->frontier());
        const auto pending = events.next();
        if (pending && below(4) > 0) {
            event = pending->offset;
            if (pending->record != event) ++copied_again_;
        }
        if (oracle_.outcome(event) != Oracle::Outcome::admitted) return;
        topic_.push_back(encode_copy(event, decode_entry(topic_[event])->bytes));
        oracle_.copy();
    }

    bool was_named(Offset letter) {
        candidate_ = letter;
        return named_.contains(letter);
    }

    void read() {
        for (auto left = below(10); left > 0 && owner_->next_read() < topic_.size(); --left) {
            const auto offset = owner_->next_read();
            const auto& bytes = topic_[offset];
            switch (owner_->read(offset, bytes, decode_entry(bytes), now)) {
                case Action::none: break;
                case Action::write_letter: letters_.push_back({offset, next_letter_++, false}); break;
                case Action::run_command: commands_.push_back(offset); break;
                case Action::read_again: FAIL() << "record " << offset << " is not taken";
            }
        }
    }

    // Letters are written in their order; commands end in any.
    void finish_one() {
        if (!letters_.empty() && (commands_.empty() || below(2) == 0)) {
            const auto [event, letter, is_record] = letters_.front();
            letters_.pop_front();
            if (is_record) {
                owner_->finish_dead_letter(event, {letter, 100});
                resolving_.push_back(event);
            } else {
                owner_->finish_letter(event, {letter, 100});
            }
        } else if (!commands_.empty()) {
            const auto command = commands_.begin() + static_cast<std::ptrdiff_t>(below(commands_.size()));
            owner_->finish_command(*command);
            commands_.erase(command);
        }
    }

    void admit() {
        std::vector<StoredRecord> admitted;
        owner_->admit(admitted);
        for (const auto& record : admitted) {
            ASSERT_EQ(oracle_.outcome(record.offset), Oracle::Outcome::admitted) << record.offset;
            ASSERT_GE(record.offset, admitted_end_) << "admitted twice";
            admitted_end_ = record.offset + 1;
        }
    }

    // What is pending is what this owner or a former one has admitted.
    void ack_one() {
        PendingEvents events(owner_->acked(), owner_->copies(), 0, owner_->frontier());
        auto pending = events.next();
        if (pending && below(2) == 0) pending = events.next();
        if (!pending) return;
        const auto event = pending->offset;
        ASSERT_EQ(oracle_.outcome(event), Oracle::Outcome::admitted) << event;
        if (below(4) == 0) {
            ASSERT_TRUE(owner_->begin_dead_letter(event));
            letters_.push_back({event, next_letter_++, true});
        } else {
            ASSERT_TRUE(owner_->ack(event));
            resolving_.push_back(event);
        }
    }

    void write() {
        if (owner_->is_dirty()) sent_.push_back({owner_->take_delta(now), std::exchange(resolving_, {})});
    }

    // All that is sent arrives at the log.
    void arrive() {
        for (; !sent_.empty(); sent_.pop_front()) arrive(sent_.front());
    }

    void arrive(const Sent& sent) {
        const auto& delta = sent.delta;
        for (const auto event : sent.resolved) ASSERT_TRUE(resolved_.insert(event).second) << event;
        LedgerRecord record;
        record.delta = delta;
        ASSERT_EQ(log_.apply(offset_++, record), ApplyResult::applied);
        for (const auto& letter : delta.dead_letters) named_.insert(letter.offset);
        unread_.push_back(record);
    }

    void read_back() {
        for (; !unread_.empty(); unread_.pop_front()) {
            ASSERT_EQ(ledger_->apply(read_offset_++, unread_.front()), ApplyResult::applied);
            owner_->read_back(unread_.front().delta);
        }
    }

    // What a new owner finds pending, by its offsets: each admitted event that is not resolved, once.
    void check_recovery() {
        LedgerState state;
        if (below(2) == 0) {
            state = log_;
        } else {
            LedgerRecord record;
            record.header.kind = RecordKind::snapshot;
            const auto bytes = log_.encode();
            record.snapshot = {0, 1, bytes};
            ASSERT_EQ(state.apply(1, record), ApplyResult::applied);
        }
        ASSERT_EQ(state.acked().size(), state.counts().acked());
        PendingEvents events(state.acked(), state.copies(), 0, state.frontier());
        for (Offset offset = 0; offset < state.frontier(); ++offset) {
            if (oracle_.outcome(offset) != Oracle::Outcome::admitted || resolved_.contains(offset)) continue;
            const auto event = events.next();
            ASSERT_TRUE(event);
            ASSERT_EQ(event->offset, offset);
            ASSERT_LT(event->record, state.frontier());
            const auto record = decode_entry(topic_[event->record]);
            ASSERT_EQ(record->bytes, decode_entry(topic_[offset])->bytes);
            if (event->record == offset) continue;
            ASSERT_EQ(record->kind, EntryKind::copy);
            ASSERT_EQ(record->event, offset);
            ++recovered_copies_;
        }
        ASSERT_FALSE(events.next());
    }

    // Of what the former owner has sent, some is in the log before the claim of the next; the rest does not count.
    void take_over() {
        for (auto left = below(1 + sent_.size()); left > 0; --left, sent_.pop_front()) arrive(sent_.front());
        lost_deltas_ += sent_.size();
        sent_.clear();
        unread_.clear();
        letters_.clear();
        commands_.clear();
        resolving_.clear();
        owner_.reset();
        check_recovery();
        ledger_ = std::make_unique<LedgerState>(log_);
        read_offset_ = offset_;
        owner_ = std::make_unique<OwnerState>(*ledger_, 1h);
        admitted_end_ = owner_->frontier();
        ++owners_;
    }

    std::mt19937_64 random_;
    Oracle oracle_;
    std::vector<std::string> topic_;
    std::uint64_t next_message_ = 1;
    Offset next_letter_ = 0;
    Offset candidate_ = 0;
    std::set<Offset> named_;
    std::set<Offset> resolved_;      // events, by what counts
    std::vector<Offset> resolving_;  // by the owner's next delta
    std::uint64_t copied_again_ = 0;
    std::uint64_t recovered_copies_ = 0;

    LedgerState log_;  // of all that counts
    LedgerOffset offset_ = 0;

    std::unique_ptr<LedgerState> ledger_;  // as far as the owner has read it
    std::unique_ptr<OwnerState> owner_;
    LedgerOffset read_offset_ = 0;
    std::deque<Sent> sent_;
    std::deque<LedgerRecord> unread_;
    std::deque<Written> letters_;  // that are being written
    std::vector<Offset> commands_;
    Offset admitted_end_ = 0;
    std::uint64_t owners_ = 0;
    std::uint64_t lost_deltas_ = 0;
};

// PINTLE_TEST_SEED and PINTLE_TEST_STEPS run another, or a longer one.
TEST(OwnerModel, EveryEventIsAdmittedOnceWhateverItsOwnersHadDecided) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 20'261'127);
    const auto steps = test_setting("PINTLE_TEST_STEPS", 300'000);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    Model model(seed);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) model.step();
    if (!testing::Test::HasFatalFailure()) model.drain();
    if (!testing::Test::HasFatalFailure()) model.check();
}

}  // namespace
}  // namespace pintle::journal::kafka
