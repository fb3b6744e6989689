#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pintle::journal::kafka {

// A record's place in the ledger's topic: 0, 1, 2, ...
using LedgerOffset = std::int64_t;
inline constexpr LedgerOffset no_offset = -1;  // before the first record

// One process: a random number that each start draws anew, so that a process never takes a record of the process
// before it for its own.
using NodeId = std::uint64_t;

// Since the boot, by CLOCK_BOOTTIME: it goes on while the machine is suspended.
using BootTime = std::chrono::nanoseconds;

enum class RecordKind : std::uint8_t { claim = 1, delta = 2, release = 3, snapshot = 4 };

// What each record of a ledger says about its writer.
struct RecordHeader {
    RecordKind kind = RecordKind::delta;
    std::uint64_t epoch = 0;         // of the writer's ownership; a claim's is the one that it begins
    NodeId node = 0;                 // the writer
    std::uint64_t sequence = 0;      // rises with each record of the writer
    LedgerOffset after = no_offset;  // claims: the last record that counts before it
    bool begins_snapshot = false;    // snapshots: the first part

    bool operator==(const RecordHeader&) const = default;
};

// Who owns a stream, decided by the order of its ledger's records alone: all nodes that read the same records agree.
// A claim counts if its epoch is the next and if `after` names the last record that counts before it. All other
// records count in the epoch of their writer's ownership, which its release or the next claim ends.
class LogOwnership {
public:
    // Takes the records one after another. Returns whether the record counts. False for offsets that it has had.
    bool apply(LedgerOffset offset, const RecordHeader& record);

    std::optional<NodeId> owner() const noexcept { return owner_; }  // nothing: released, or never owned
    std::uint64_t epoch() const noexcept { return epoch_; }          // of the owner, or of the last one
    LedgerOffset last_counting() const noexcept { return last_counting_; }
    LedgerOffset last_read() const noexcept { return last_read_; }
    bool is_readable() const noexcept { return !unreadable_; }

private:
    bool counts(LedgerOffset offset, const RecordHeader& record);

    std::optional<NodeId> owner_;
    std::uint64_t epoch_ = 0;
    LedgerOffset last_counting_ = no_offset;
    LedgerOffset last_read_ = no_offset;
    bool unreadable_ = false;  // the log's start is missing, and no snapshot stands in for it
};

// No heartbeat is sent while so many records of the node are not read back: they would only wait as well.
inline constexpr std::size_t max_unread_records = 8;

struct OwnershipTiming {
    // The owner sends requests for this long after it sent a record that it has read back as counting.
    BootTime lease = std::chrono::milliseconds(1500);
    // Another node claims this long after it last read a record that counts. The difference to the lease is what the
    // clocks of two machines may drift apart in that time.
    BootTime claim_after = std::chrono::milliseconds(2500);
    BootTime heartbeat = std::chrono::milliseconds(300);      // at most so long between two records of the owner
    BootTime step = std::chrono::milliseconds(50);            // a claim is later by this for each stream owned
    BootTime longest_step = std::chrono::milliseconds(1000);  // but not by more than this
};

// One node's part in the ownership of one stream: when it claims, when it must be heard, and whether it may send.
// No I/O, no clock. Not thread-safe.
class Ownership {
public:
    enum class Action { none, claim, heartbeat, release };
    struct Step {
        Action action = Action::none;
        BootTime at{};  // with `none`: when to ask again, if nothing is read before
    };
    enum class Change { none, began, ended };
    struct Read {
        bool counts = false;
        Change change = Change::none;  // of this node's ownership
    };

    explicit Ownership(NodeId self, OwnershipTiming timing = {}) : self_(self), timing_(timing) {}

    // A record of the ledger was read, at `now`. The owner's lease is renewed if it is one of its own that counts.
    Read read(LedgerOffset offset, const RecordHeader& record, BootTime now);

    // All records are read that the log had when this was found out, so that a claim can count.
    void reached_end(BootTime now);

    // The log is read once more from its start, because the next records to read are deleted: nothing is known until
    // then, and nothing may be sent. Sequences go on, so that no old record is taken for a new one: an ownership that
    // was claimed before does not begin again, but is given back.
    void read_anew();

    // What was sent and not read back is lost, as its producer is gone.
    void forget_sent() noexcept {
        sent_.clear();
        claimed_at_.reset();
    }

    // What to do now. `owned`: how many streams this node owns; nodes that own less claim sooner.
    Step next(BootTime now, unsigned owned) const;

    // The header of a record that is sent now. For a release, call `begin_release` first.
    RecordHeader send(RecordKind kind, BootTime now);

    // From now on the node sends no requests in this epoch; a release may be sent. It claims later than all others.
    void begin_release() noexcept { released_epoch_ = log_.epoch(); }

    // Whether this node claims streams at all: false while it shuts down or cannot read the ledger.
    void set_eligible(bool eligible) noexcept { eligible_ = eligible; }

    // Whether a request may be written to a socket now.
    bool may_send(BootTime now) const noexcept { return has_begun_ && !is_releasing() && now < lease_until_; }

    // Whether the ledger names this node as the owner, whatever its lease is and whether its ownership has begun.
    bool is_owner() const noexcept { return log_.owner() == self_; }
    bool is_releasing() const noexcept { return released_epoch_ == log_.epoch(); }
    std::size_t unread() const noexcept { return sent_.size(); }  // records sent and not read back
    BootTime lease_until() const noexcept { return lease_until_; }
    const LogOwnership& log() const noexcept { return log_; }

private:
    struct Sent {
        std::uint64_t sequence = 0;
        BootTime at{};
    };

    void renew_lease(std::uint64_t sequence);
    BootTime claim_time(unsigned owned) const;
    Step next_of_owner(BootTime now) const;

    NodeId self_;
    OwnershipTiming timing_;
    LogOwnership log_;
    bool has_begun_ = false;      // an ownership that has not ended
    std::uint64_t sequence_ = 0;  // of the last record sent
    std::uint64_t anew_ = 0;      // the same, when the log was read anew
    std::deque<Sent> sent_;       // not read back yet
    BootTime last_sent_{};
    BootTime lease_until_{};
    BootTime last_seen_{};                         // when a record that counts was read
    std::optional<BootTime> claimed_at_;           // a claim was sent then and is not read back yet
    std::optional<std::uint64_t> released_epoch_;  // an epoch that this node gives up or has given up
    bool at_end_ = false;
    bool eligible_ = true;
};

}  // namespace pintle::journal::kafka
