#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intervals.hpp"
#include "ledger_codec.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

// What has become of a stream's events. With `end` records in its topic, always:
//   end - copied - commands = accepted + replays = delivered + dead_lettered + duplicates + lost + backlog
struct LedgerCounts {
    std::uint64_t delivered = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t lost = 0;
    std::uint64_t commands = 0;  // records that are no events
    std::uint64_t replays = 0;   // records that replay a letter, which may be gone
    std::uint64_t copied = 0;    // events that were copied to the topic's end
    std::uint64_t replayed = 0;  // letters that a replay removed
    std::uint64_t purged = 0;
    std::uint64_t evicted = 0;

    std::uint64_t acked() const { return delivered + dead_lettered + duplicates + lost + commands + copied; }
    std::uint64_t retained() const { return dead_lettered - replayed - purged - evicted; }
    bool operator==(const LedgerCounts&) const = default;
};

// Applying a record has one of these results. After `invalid` the state is as before: the owner that wrote the record
// and this node do not agree, and the node must not own the stream.
enum class ApplyResult { applied, invalid };

// The state that a ledger's counting records give, in order. Every node that has read the same records has the same
// state. A snapshot has everything but the message hashes: the ledger is kept for one window of them behind the
// snapshot that it begins with, and the deltas of that window have them. Not thread-safe.
class LedgerState {
public:
    // Takes the records that count, one after another; see LogOwnership. Until the first snapshot of a ledger whose
    // start is deleted is complete, `is_complete` is false.
    ApplyResult apply(LedgerOffset offset, const LedgerRecord& record);

    bool is_complete() const noexcept { return complete_; }
    // The first record of the latest complete snapshot: records before it can be deleted once they are older than the
    // window of message hashes.
    std::optional<LedgerOffset> snapshot_offset() const noexcept { return snapshot_offset_; }

    const Intervals& acked() const noexcept { return acked_; }
    Offset first_pending() const { return acked_.first_outside(0); }
    Offset frontier() const noexcept { return frontier_; }  // all records of the topic before it are decided
    const LedgerCounts& counts() const noexcept { return counts_; }
    std::uint64_t backlog(std::uint64_t end) const { return end - acked_.size(); }
    const std::map<Offset, std::uint64_t>& letters() const noexcept { return letters_; }  // offset -> bytes
    Offset letters_end() const noexcept { return letters_end_; }  // after the last letter that was ever named
    std::uint64_t letter_bytes() const noexcept { return letter_bytes_; }
    std::optional<std::string> metadata(std::string_view name) const;
    const std::map<std::string, std::string, std::less<>>& all_metadata() const noexcept { return metadata_; }
    bool has_letter(Offset offset) const { return letters_.contains(offset); }

    // Pending copies and the offset that each had at first, by which it is ordered.
    const std::map<Offset, Offset>& copies() const noexcept { return copies_; }

    // The hashes that were admitted since `since`, oldest first.
    void admitted_since(WallTime since, const std::function<void(const MessageHash&, WallTime)>& visit) const;
    // `visit` is called for each that is forgotten; it may have been admitted again since.
    void forget_admitted(WallTime before, const std::function<void(const MessageHash&)>& visit);

    // The state as a snapshot has it. Equal states have equal bytes.
    std::string encode() const;

private:
    struct Admitted {
        WallTime written;
        std::vector<MessageHash> hashes;
    };

    bool is_valid(const Delta& delta) const;
    void apply(const Delta& delta);
    ApplyResult apply_part(LedgerOffset offset, const SnapshotPart& part);
    bool load(std::string_view bytes);

    bool started_ = false;  // a record was applied
    bool complete_ = true;
    Intervals acked_;
    Offset frontier_ = 0;
    LedgerCounts counts_;
    std::map<Offset, std::uint64_t> letters_;
    std::uint64_t letter_bytes_ = 0;
    Offset letters_end_ = 0;
    std::map<Offset, Offset> copies_;
    std::map<std::string, std::string, std::less<>> metadata_;
    std::deque<Admitted> admitted_;

    std::optional<LedgerOffset> snapshot_offset_;
    LedgerOffset part_offset_ = no_offset;  // of the first part of the snapshot that is being read
    std::uint32_t next_part_ = 0;           // 0: none is being read
    std::string parts_;                     // kept only where the state is not complete
};

}  // namespace pintle::journal::kafka
