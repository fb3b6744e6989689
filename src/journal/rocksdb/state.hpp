#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intervals.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// One stream's dead letters in sum, stored so that a start has nothing to count.
struct DeadLetterTotals {
    std::uint64_t first = 1;  // no letter has a lower id
    std::uint64_t next = 1;   // the next letter's id
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t appended = 0;  // letters that never were records
    std::uint64_t replayed = 0;  // records that replaced letters
    std::uint64_t purged = 0;
    std::uint64_t evicted = 0;
    std::uint64_t accounted_from = 1;  // from this id on a letter counts for its source

    std::uint64_t total() const { return next - 1; }
    std::uint64_t of_records() const { return total() - appended; }
    bool operator==(const DeadLetterTotals&) const = default;
    std::string encode() const;
    static std::optional<DeadLetterTotals> decode(std::string_view bytes);
};

// One source's dead letters in a stream. Letters that an older version stored count for source "".
struct DeadLetterAccount {
    std::uint64_t first = 0;  // no letter of the source has a lower id
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;

    std::string encode() const;
    static std::optional<DeadLetterAccount> decode(std::string_view bytes);
};
using DeadLetterAccounts = std::map<std::string, DeadLetterAccount, std::less<>>;  // by source

// What the disk lost of one stream after it had confirmed the write.
struct Losses {
    std::uint64_t records = 0;
    std::uint64_t letters = 0;
    std::uint64_t unused_letters = 0;  // ids of lost letters whose records were not lost: not counted as lost

    bool any() const { return records + letters + unused_letters > 0; }
    bool operator==(const Losses&) const = default;
    std::string encode() const;
    static std::optional<Losses> decode(std::string_view bytes);
};

struct StreamState {
    Stream id = 0;
    std::string name;
    Offset last = 0;                  // on disk and visible
    Intervals acked;                  // of 1 ... last
    Intervals deleted;                // acked records whose deletion was written since the database was opened
    std::uint64_t acked_written = 0;  // size of `acked` as stored
    bool dirty = false;               // `acked` has changed since it was stored
    DeadLetterTotals letters;
    DeadLetterAccounts letter_accounts;       // only those with letters; for the commit thread
    std::uint64_t delivered = 0;              // part of `acked`
    Losses lost;                              // lost records are part of `acked`
    std::uint64_t unwritten_letters = 0;      // acked records whose letters are not yet in `letters`
    std::uint64_t record_bytes = 0;           // of records that are not yet stored as acked
    std::uint64_t acked_bytes = 0;            // the part of `record_bytes` that belongs to acked records
    std::atomic<std::uint64_t> max_bytes{0};  // its share of the journal; 0: unlimited
    std::atomic<std::uint64_t> occupied{0};   // pending bytes: as last measured, plus what was added since
    std::atomic<bool> full{false};            // `occupied` was over `max_bytes` when last measured
    mutable Mutex listener_mutex;             // held while a listener is called
    CommitListener committed GUARDED_BY(listener_mutex);
    DeadLetterListener letters_committed GUARDED_BY(listener_mutex);

    void count_delivered();  // derives `delivered` from the other members

    // Letters that replaced a record.
    std::uint64_t letters_of_records() const { return letters.of_records() - lost.unused_letters; }

    Offset first_pending() const { return acked.first_outside(1); }
    std::uint64_t pending() const { return last - acked.size(); }
    std::uint64_t pending_bytes() const { return record_bytes - std::min(acked_bytes, record_bytes); }
    bool over_share() const;

    // Adds to `acked_bytes` for `records` of unknown size: the mean of the pending ones for each.
    void ack_bytes_of(std::uint64_t records);
    Ledger ledger() const;
};

// All streams; stream n is at n - 1. A stream stays where it is: the commit thread may add one while other threads use
// those that they know.
class Streams {
    // Block k holds 2^k streams.
    static std::size_t block_of(std::size_t index) { return static_cast<std::size_t>(std::bit_width(index + 1)) - 1; }
    template <class Blocks>
    static auto& at_place(Blocks& blocks, std::size_t index) {
        const auto block = block_of(index);
        return blocks[block][index + 1 - (std::size_t{1} << block)];
    }

public:
    template <class Owner, class State>
    class Iterator {
    public:
        using value_type = StreamState;
        using difference_type = std::ptrdiff_t;
        using reference = State&;
        using pointer = State*;
        using iterator_category = std::forward_iterator_tag;

        Iterator() = default;
        Iterator(Owner* owner, std::size_t index) : owner_(owner), index_(index) {}
        State& operator*() const { return (*owner_)[index_]; }
        State* operator->() const { return &**this; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        Iterator operator++(int) { return {owner_, index_++}; }
        bool operator==(const Iterator&) const = default;

    private:
        Owner* owner_ = nullptr;
        std::size_t index_ = 0;
    };

    std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    StreamState& operator[](std::size_t index) { return at_place(blocks_, index); }
    const StreamState& operator[](std::size_t index) const { return at_place(blocks_, index); }
    StreamState& at(std::size_t index) { return at_place(blocks_, checked(index)); }
    const StreamState& at(std::size_t index) const { return at_place(blocks_, checked(index)); }

    StreamState& emplace_back();
    void resize(std::size_t size) {  // only grows
        while (this->size() < size) emplace_back();
    }

    auto begin() { return Iterator<Streams, StreamState>(this, 0); }
    auto end() { return Iterator<Streams, StreamState>(this, size()); }
    auto begin() const { return Iterator<const Streams, const StreamState>(this, 0); }
    auto end() const { return Iterator<const Streams, const StreamState>(this, size()); }

private:
    std::size_t checked(std::size_t index) const;  // throws std::out_of_range

    std::array<std::vector<StreamState>, 32> blocks_;
    std::atomic<std::size_t> size_{0};
};

using Metadata = std::map<std::string, std::string, std::less<>>;

inline constexpr stats::Bounds commit_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 5s};
}();

struct PendingAppend {
    WriteBatch append;
    WriteCallback done;
    std::size_t bytes = 0;
    boost::system::error_code error;  // set if there was no room: nothing is written and `done` gets the error
};

struct UnwrittenLetter {
    Stream stream = 0;
    Offset offset = 0;  // of the record
    DeadLetter letter;
};

// A change of the streams themselves, which the commit thread makes with a commit of its own.
struct StreamChange {
    enum class Kind : std::uint8_t { create, rename, discard };

    Kind kind = Kind::create;
    std::string name;                   // of the stream to create
    std::vector<StreamRename> renames;  // to be made together
    Stream stream = 0;                  // whose content is discarded
    std::promise<Stream> done;          // gets the created stream, or std::runtime_error
};

// What the callers of the journal and its commit thread share.
struct State {
    mutable Mutex mutex;
    ConditionVariable wake;  // the commit thread waits for it

    Streams streams GUARDED_BY(mutex);
    Metadata metadata GUARDED_BY(mutex);

    std::vector<PendingAppend> appends GUARDED_BY(mutex);
    std::vector<StreamChange> stream_changes GUARDED_BY(mutex);
    std::vector<UnwrittenLetter> letters GUARDED_BY(mutex);
    std::size_t letter_bytes GUARDED_BY(mutex) = 0;                                // of `letters`
    std::set<std::pair<Stream, std::uint64_t>> damaged_letters GUARDED_BY(mutex);  // to be counted as lost
    std::set<std::string, std::less<>> unwritten_metadata GUARDED_BY(mutex);       // names
    bool dirty GUARDED_BY(mutex) = false;                                          // some stream is
    std::string error GUARDED_BY(mutex);                                           // of the disk, while it has failed

    std::atomic<std::size_t> pending_append_bytes{0};  // until their `done`
    std::atomic<bool> failed{false};                   // the last commit failed
    std::atomic<bool> full{false};
    std::atomic<bool> nearly_full{false};  // acked records are deleted at once, however few
    std::atomic<bool> stopping{false};     // appends are rejected; set under `mutex`
    std::atomic<std::uint64_t> bytes_on_disk{0};
    stats::Histogram commits{commit_bounds};  // durable ones

    StreamState& stream(Stream id) REQUIRES(mutex) { return streams.at(id - 1); }
    const StreamState& stream(Stream id) const REQUIRES(mutex) { return streams.at(id - 1); }

    // The streams without the mutex: for the commit thread, to read what it alone writes (`last`, `record_bytes`,
    // `letters`, `letter_accounts`), and for anyone, to use their atomics.
    Streams& streams_without_lock() NO_THREAD_SAFETY_ANALYSIS { return streams; }
    const Streams& streams_without_lock() const NO_THREAD_SAFETY_ANALYSIS { return streams; }

    // Acks records that the disk no longer has although it confirmed them, and counts them as lost: they would block
    // the records behind them for good.
    void mark_lost(Stream id, Range records) EXCLUDES(mutex);
};

// The approximate size in memory and in a batch.
std::size_t size_of(const WriteBatch& append);
std::size_t size_of(const DeadLetter& letter);

}  // namespace pintle::journal
