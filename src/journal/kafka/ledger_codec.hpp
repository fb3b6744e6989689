#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "intervals.hpp"
#include "ownership.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

// No record of a ledger is larger, so that a broker's default settings take it.
inline constexpr std::size_t max_record_bytes = 1'000'000;

// A dead letter that exists because a ledger's record names it.
struct NamedLetter {
    Offset offset = 0;        // in the topic of dead letters
    std::uint64_t bytes = 0;  // its size there

    bool operator==(const NamedLetter&) const = default;
};

enum class LetterRemoval : std::uint8_t { replayed = 1, purged = 2, evicted = 3 };

struct RemovedLetter {
    Offset offset = 0;
    LetterRemoval cause = LetterRemoval::purged;

    bool operator==(const RemovedLetter&) const = default;
};

// A pending event that was copied to the end of its topic, so that the records before it can be deleted.
struct MovedEvent {
    Offset from = 0;  // acked by this
    Offset to = 0;    // pending in its place

    bool operator==(const MovedEvent&) const = default;
};

// What one record of the owner changes, all of it or nothing. An empty one is a heartbeat.
struct Delta {
    WallTime written;
    Offset frontier = 0;                    // the owner has decided about all records of the topic before it
    Intervals acked;                        // offsets of events
    std::uint64_t duplicates = 0;           // how many of `acked` repeat a message id
    std::uint64_t commands = 0;             // how many of `acked` are no events
    std::uint64_t discarded = 0;            // how many of `acked` an operator deleted: they count as purged letters
    std::uint64_t replays = 0;              // how many records before `frontier`, since the last delta, replay a letter
    std::uint64_t lost = 0;                 // how many of `acked` cannot be read
    std::vector<NamedLetter> dead_letters;  // one for each of `acked` that is dead-lettered
    std::vector<RemovedLetter> removed_letters;
    std::vector<MovedEvent> moved;
    std::vector<std::pair<std::string, std::optional<std::string>>> metadata;  // name, new value; nothing: erased
    std::vector<MessageHash> admitted;  // of events that are the first with their message id
};

// The part of a snapshot of the ledger's state.
struct SnapshotPart {
    std::uint32_t part = 0;   // 0, 1, ...
    std::uint32_t parts = 0;  // of the snapshot
    std::string_view bytes;   // a view into what was decoded
};

struct LedgerRecord {
    RecordHeader header;
    Delta delta;            // of a delta
    SnapshotPart snapshot;  // of a snapshot
};

// Why bytes are no record: they are damaged, or a newer pintle wrote them in a format that this one does not know.
enum class DecodeError { damaged, newer_version };

std::string encode_claim(const RecordHeader& header);
std::string encode_release(const RecordHeader& header);
std::string encode_delta(const RecordHeader& header, const Delta& delta);
std::string encode_snapshot(const RecordHeader& header, const SnapshotPart& part);

// No encoded record with that delta is larger. The writer of a delta keeps it within `max_record_bytes`.
std::size_t size_bound(const Delta& delta);

boost::system::result<LedgerRecord, DecodeError> decode_ledger_record(std::string_view bytes);

// Cuts the bytes of a state into parts, which fit into a record each.
std::vector<SnapshotPart> cut_snapshot(std::string_view state);

}  // namespace pintle::journal::kafka
