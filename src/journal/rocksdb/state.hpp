#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intervals.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// One log's dead letters in sum, kept so that nothing has to be counted at the start.
struct DeadLetterTotals {
    std::uint64_t first = 1;  // no letter has a lower id
    std::uint64_t next = 1;   // the id of the next one
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t appended = 0;  // of all ever, those that never were records
    std::uint64_t replayed = 0;  // records that were appended in the place of letters
    std::uint64_t purged = 0;
    std::uint64_t dropped = 0;
    std::uint64_t accounted_from = 1;  // the first id whose letter is in its source's account

    std::uint64_t ever() const { return next - 1; }
    std::uint64_t of_records() const { return ever() - appended; }
    bool operator==(const DeadLetterTotals&) const = default;
    std::string encode() const;
    static std::optional<DeadLetterTotals> decode(std::string_view bytes);
};

// What one source has among the dead letters of a log. Letters from before there were accounts are in that of "".
struct DeadLetterAccount {
    std::uint64_t first = 0;  // none of them has a lower id
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;

    std::string encode() const;
    static std::optional<DeadLetterAccount> decode(std::string_view bytes);
};
using DeadLetterAccounts = std::map<std::string, DeadLetterAccount, std::less<>>;  // by source

// What the disk lost of one log although it had said it was on it.
struct Losses {
    std::uint64_t records = 0;
    std::uint64_t letters = 0;
    std::uint64_t unused_letters =
        0;  // ids of letters that were lost while their records were not: they count for nothing

    bool any() const { return records + letters + unused_letters > 0; }
    bool operator==(const Losses&) const = default;
    std::string encode() const;
    static std::optional<Losses> decode(std::string_view bytes);
};

struct StreamState {
    Stream id = 0;
    std::string name;
    Offset last = 0;    // on disk, and so visible
    Intervals acked;    // of 1 ... last
    Intervals deleted;  // of the settled ones, those whose deletion was written since the database was opened
    std::uint64_t acked_written = 0;  // how many of `acked` are in the database
    bool dirty = false;               // `acked` has grown since it was written
    DeadLetterTotals letters;
    DeadLetterAccounts letter_accounts;       // of those that hold any; on the commit thread
    std::uint64_t delivered = 0;              // of `acked`
    Losses lost;                              // its records are of `acked`
    std::uint64_t dying = 0;                  // the same: their letters are not yet in `letters`
    std::uint64_t record_bytes = 0;           // of the records that are not yet written as settled
    std::uint64_t acked_bytes = 0;            // of those, what belongs to settled ones
    std::atomic<std::uint64_t> max_bytes{0};  // its share of the journal; 0: none
    std::atomic<std::uint64_t> occupied{0};   // bytes of pending records when they were last measured, and added since
    std::atomic<bool> full{false};            // `occupied` was over `max_bytes` then
    CommitListener committed;

    void count_delivered();  // from the rest

    // Letters that were kept in a record's place.
    std::uint64_t letters_of_records() const { return letters.of_records() - lost.unused_letters; }

    Offset first_pending() const { return acked.first_outside(1); }
    std::uint64_t pending() const { return last - acked.size(); }
    std::uint64_t pending_bytes() const { return record_bytes - std::min(acked_bytes, record_bytes); }
    bool over_share() const;

    // Of `records` that are just being settled and whose size is not known, by the mean of those that are pending.
    void ack_bytes_of(std::uint64_t records);
    Ledger ledger() const;
};

inline constexpr stats::Bounds commit_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 5s};
}();

struct Waiting {
    WriteBatch append;
    WriteCallback done;
    std::size_t bytes = 0;
    boost::system::error_code refused;  // set where there was no room for it; only its `done` is called
};

struct WaitingLetter {
    Stream stream = 0;
    Offset offset = 0;  // of its record
    DeadLetter letter;
};

// What the callers of the journal and its commit thread share. Everything is guarded by `mutex` but for the atomics and
// the counts. `StreamState::last`, `record_bytes` and `letters` change on the commit thread only, which reads them
// without it.
struct State {
    mutable std::mutex mutex;
    std::condition_variable wake;  // the commit thread

    std::deque<StreamState> streams;  // the log's number less one is its place
    std::map<std::string, std::string, std::less<>> metadata;

    std::vector<Waiting> appends;
    std::vector<WaitingLetter> letters;
    std::size_t letter_bytes = 0;                                // of `letters`
    std::set<std::pair<Stream, std::uint64_t>> damaged_letters;  // to be counted as lost
    std::set<std::string, std::less<>> unwritten_facts;
    bool dirty = false;  // some log is
    std::string error;   // of the disk, while it has failed

    std::atomic<std::size_t> waiting_bytes{0};  // of appends, until their `done`
    std::atomic<bool> failed{false};            // the disk refused the last commit
    std::atomic<bool> full{false};
    std::atomic<bool> tight{false};     // nearly: settled records are deleted at once, few as they are
    std::atomic<bool> stopping{false};  // nothing more is taken; set under `mutex`
    std::atomic<std::uint64_t> bytes_on_disk{0};
    stats::Histogram commits{commit_bounds};  // the durable ones

    StreamState& stream(Stream id) { return streams.at(id - 1); }
    const StreamState& stream(Stream id) const { return streams.at(id - 1); }

    // Records that the disk lost although it had said they were on it. Nothing brings them back; they are settled, so
    // that those behind them are not held up for good. Takes the mutex.
    void lose(Stream id, Range records);
};

// About what it takes in memory and in a batch.
std::size_t size_of(const WriteBatch& append);
std::size_t size_of(const DeadLetter& letter);

}  // namespace pintle::journal
