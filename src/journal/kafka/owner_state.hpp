#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "copies.hpp"
#include "entry_codec.hpp"
#include "intervals.hpp"
#include "ledger_codec.hpp"
#include "ledger_state.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

// What the owner of a stream knows beyond its ledger: what it has decided about the records of the topic and what has
// become of events, until a delta says so and is read back. A new owner makes it from the ledger alone, so that an
// event is admitted once whatever its former owners decided without writing it down.
// A copy of an event that is pending when the copy is read takes the place of the event's record. The event keeps its
// offset, which is that of its first record; another copy is no event.
// Offsets are those of the topics, from 0 on. No I/O, no clock. Not thread-safe.
class OwnerState {
public:
    // The ledger must outlive it. It may change by the owner's own deltas only. Two events with the same message hash
    // within `window` are one; 0: none are.
    OwnerState(const LedgerState& ledger, std::chrono::milliseconds window);

    // What the caller does about a record before later ones can be admitted.
    enum class Action : std::uint8_t {
        none,
        write_letter,  // writes the letter and calls `finish_letter`
        run_command,   // runs the command and calls `finish_command`
        read_again,    // records before it are left out: reads from `next_read` on
    };

    Offset next_read() const noexcept { return next_read_; }
    // Takes the next record of the topic, from `next_read` on. A damaged one is lost. An event whose own record is
    // damaged is admitted, and becomes a dead letter with its bytes.
    Action read(Offset offset, std::string_view bytes, const boost::system::result<Entry, DecodeError>& entry,
                WallTime appended);
    // The topic has no record before `start` any more: those that were not read are lost. Returns how many.
    std::uint64_t lose_before(Offset start);
    void finish_letter(Offset offset, NamedLetter letter);
    void finish_command(Offset offset);

    // Decides about the records that were read, in order, as far as nothing has to be done before and the next delta
    // has room. Appends the admitted events to `admitted`, with their offsets in the topic.
    void admit(std::vector<StoredRecord>& admitted);
    // The events that it dropped as repeats since the last call.
    std::vector<Duplicate> take_duplicates() { return std::exchange(duplicates_, {}); }
    // All records before it are decided; it is the offset after the last of them.
    Offset frontier() const noexcept { return frontier_; }
    std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }  // of records that are read and not decided

    // Ends the delivery of an admitted event. They return false if it is not pending.
    bool ack(Offset offset);
    bool lose(Offset offset);  // it cannot be read any more
    // Its dead letter is being written: `finish_dead_letter` follows.
    bool begin_dead_letter(Offset offset);
    void finish_dead_letter(Offset offset, NamedLetter letter);

    // Deletes the oldest letters until the others have at most that many bytes.
    void evict_letters(std::uint64_t max_bytes);

    // Includes what no delta says yet.
    const Intervals& acked() const noexcept { return acked_; }  // records
    const Copies& copies() const noexcept { return copies_; }   // of pending events, and of dead letters in writing
    bool is_pending(Offset event) const;
    std::uint64_t unwritten_acks() const { return acked_.size() - ledger_.acked().size(); }
    std::optional<std::string> metadata(std::string_view name) const;
    void set_metadata(std::string_view name, std::string_view value);

    bool is_dirty() const;               // the next delta would say something
    Delta take_delta(WallTime written);  // its record follows those taken before it
    void read_back(const Delta& delta);  // after the ledger has applied it

    // Hashes that were admitted before are forgotten. To be called when the ledger forgets this one.
    void forget(const MessageHash& hash, WallTime before);

private:
    struct Waiting {
        Offset begin = 0;  // its offset, or the first of a lost run
        Offset end = 0;
        bool is_lost = false;
        bool is_done = true;  // nothing has to be done before it is decided
        EntryKind kind = EntryKind::event;
        std::string bytes;  // of an event; the encoded letter
        std::vector<Offset> letters;
        Offset event = 0;  // of a copy
        std::optional<MessageHash> message;
        std::optional<NamedLetter> letter;
        WallTime appended;
    };

    struct Hasher {
        using is_avalanching = void;
        std::size_t operator()(const MessageHash& hash) const noexcept;
    };

    Waiting* find_waiting(Offset offset);
    bool has_room() const;
    bool is_duplicate(const Waiting& record) const;
    bool has_letter(Offset offset) const;
    bool remove_letter(Offset offset, LetterRemoval cause);
    bool discard(const Waiting& record);
    void drop(const Waiting& record);
    void lose(const Waiting& run);
    void remember(const Waiting& record);
    void decide_event(Waiting& record, std::vector<StoredRecord>& admitted);
    void decide_letter(const Waiting& record);
    void decide_copy(const Waiting& record);
    bool decide(Waiting& record, std::vector<StoredRecord>& admitted);
    std::vector<MovedEvent>::iterator find_move(Offset to);  // of the next delta
    bool take(Offset event);
    void resolve(Offset event);
    void ack_undelivered(Offset record, std::uint64_t Delta::* counter);

    const LedgerState& ledger_;
    const std::chrono::milliseconds window_;
    Intervals acked_;
    Copies copies_;
    Offset next_read_ = 0;
    Offset frontier_ = 0;
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    boost::unordered_flat_map<MessageHash, WallTime, Hasher> hashes_;  // and when each was admitted
    std::vector<Duplicate> duplicates_;
    Delta next_;
    std::set<Offset> named_;    // letters that deltas name which are not read back
    std::set<Offset> removed_;  // letters that the next delta, or one that is not read back, removes
    std::uint64_t removed_bytes_ = 0;
    std::map<std::string, std::string, std::less<>> metadata_;  // as far as set by this owner
};

}  // namespace pintle::journal::kafka
