#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "key_hash.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

using journal::Offset;

// The ordering keys of skipped records: they were left on disk, as the queue of one of their keys is long enough in
// memory. While a key is here, each later record that has it is skipped too, so that none overtakes another.
//
// Skipped records come back in passes. A pass reads the journal again, by rising offsets, from the first skipped record
// of the requested keys. It ends after their last one, or once none of these keys has room any more. The caller asks
// `was_skipped` and `may_return` for each record that was read, and tells what became of it.
//
// Memory: about 35 bytes a key, whatever the number of records. No I/O, no clock. Not thread-safe.
class SkippedKeys {
public:
    SkippedKeys(std::size_t max_keys, std::uint64_t seed) : max_keys_(max_keys), entries_(0, KeyHash(seed)) {}

    bool empty() const noexcept { return entries_.empty(); }
    bool full() const noexcept { return entries_.size() >= max_keys_; }
    std::size_t size() const noexcept { return entries_.size(); }
    bool contains(std::uint64_t key) const { return entries_.contains(key); }
    std::uint64_t count(std::uint64_t key) const;  // skipped records of the key

    template <class Visit>
    void each(Visit visit) const {
        for (const auto& entry : entries_) visit(entry.first);
    }

    // The record at `offset`, which is later than all that were read before, is skipped.
    void skip(std::uint64_t key, Offset offset);

    // There is room again for records of `key`. No effect if none of them was skipped.
    void request(std::uint64_t key);

    // From where the pass continues; begins a new one if none is running. Nothing if no key was requested. `idle`: no
    // record is left in memory, so the pass is for all keys.
    std::optional<Offset> next_scan(bool idle);

    // Whether the record at `offset` was skipped. `primary` is its first key, which is never excluded from ordering.
    bool was_skipped(std::uint64_t primary, Offset offset) const;

    // Whether no skipped record of `key` comes before `offset`, which the pass has reached.
    bool may_return(std::uint64_t key, Offset offset) const;

    // The skipped record at `offset`, which the pass has reached, is in memory now, or stays on disk.
    void returned(std::uint64_t key, Offset offset);
    void skip_again(std::uint64_t key, Offset offset);

    // The pass has read all records up to `offset`. No record after `last_read` was ever read.
    void scanned(Offset offset, Offset last_read);

private:
    enum Target : std::uint8_t { none, of_this_pass, of_the_next };

    static constexpr std::size_t max_sought = 200;  // targets, at each step of a pass
    static constexpr std::uint32_t max_count = (1U << 30U) - 1;

    struct Entry {
        Offset first = 0;              // no skipped record of the key comes before it
        Offset last = 0;               // or after it
        std::uint32_t count : 30 = 0;  // skipped records of the key
        std::uint32_t target : 2 = none;
        std::uint32_t pass = 0;  // the last one that left a record of the key on disk
    };

    bool blocked(const Entry& entry) const { return entry.pass == pass_ || entry.first < start_; }
    void resolve(const Entry& entry) { open_ -= entry.target == of_this_pass ? 1 : 0; }
    void seek();
    void finish(Offset offset);

    std::size_t max_keys_;
    boost::unordered_flat_map<std::uint64_t, Entry, KeyHash> entries_;
    std::vector<std::uint64_t> targets_;  // keys of the running pass, or of the next one if none runs
    std::vector<std::uint64_t> later_;    // keys of the pass after the running one

    bool scanning_ = false;
    bool all_ = false;        // the pass is for all keys
    std::uint32_t pass_ = 0;  // number of the pass
    Offset start_ = 0;        // the pass has read all records from here
    Offset at_ = 0;           // to before this
    Offset end_ = 0;          // the last skipped record of its targets
    std::size_t open_ = 0;    // targets that may still have room
};

}  // namespace pintle::delivery
