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

// The ordering keys of the records that the reader left on disk, as the queue of one of their keys is long enough in
// memory. While a key is here, each later record that has it is left on disk too, so that none overtakes another.
//
// They come back in passes. A pass reads the journal again, by rising offsets, from the first skipped record of the
// keys that asked for it, and ends behind their last one, or where each of them has been found to have no more room.
// Whoever drives it asks `was_skipped` and `may_return` for each record that was read and says what became of it.
//
// Memory: about 35 bytes a key, not a record. No I/O, no clock. Not thread-safe.
class SkippedKeys {
public:
    SkippedKeys(std::size_t max_keys, std::uint64_t seed) : max_keys_(max_keys), entries_(0, KeyHash(seed)) {}

    bool empty() const noexcept { return entries_.empty(); }
    bool full() const noexcept { return entries_.size() >= max_keys_; }
    std::size_t size() const noexcept { return entries_.size(); }
    bool contains(std::uint64_t key) const { return entries_.contains(key); }
    std::uint64_t count(std::uint64_t key) const;  // of its skipped records

    template <class Visit>
    void each(Visit visit) const {
        for (const auto& entry : entries_) visit(entry.first);
    }

    // The record at `offset`, which is later than all that were read before, is left on disk.
    void skip(std::uint64_t key, Offset offset);

    // There is room again for records of `key`. No effect where none of them was skipped.
    void request(std::uint64_t key);

    // Where the pass has to read on, or a new one where there is none; nothing: no key has asked for one. `idle`:
    // nothing is left in memory; then it is about all keys.
    std::optional<Offset> next_scan(bool idle);

    // Whether the record at `offset` was skipped, by its primary key: the first that it has, which always counts.
    bool was_skipped(std::uint64_t primary, Offset offset) const;

    // Whether no skipped record of `key` stands before `offset`, which the pass has come to.
    bool may_return(std::uint64_t key, Offset offset) const;

    // The skipped record at `offset`, which the pass has come to, is in memory now, or is left on disk again.
    void returned(std::uint64_t key, Offset offset);
    void skip_again(std::uint64_t key, Offset offset);

    // The pass has seen all records up to `offset`; the reader has seen none after `last_read`.
    void scanned(Offset offset, Offset last_read);

private:
    enum Target : std::uint8_t { none, of_this_pass, of_the_next };

    static constexpr std::size_t max_sought = 200;  // targets, at each step of a pass
    static constexpr std::uint32_t max_count = (1U << 30U) - 1;

    struct Entry {
        Offset first = 0;              // none of its skipped records is before it
        Offset last = 0;               // nor behind it
        std::uint32_t count : 30 = 0;  // of its skipped records
        std::uint32_t target : 2 = none;
        std::uint32_t pass = 0;  // the last one that left a record of it on disk again
    };

    bool blocked(const Entry& entry) const { return entry.pass == pass_ || entry.first < start_; }
    void resolve(const Entry& entry) { open_ -= entry.target == of_this_pass ? 1 : 0; }
    void seek();
    void finish(Offset offset);

    std::size_t max_keys_;
    boost::unordered_flat_map<std::uint64_t, Entry, KeyHash> entries_;
    std::vector<std::uint64_t> targets_;  // of the pass, or of the next one while there is none
    std::vector<std::uint64_t> later_;    // of the pass behind this one

    bool scanning_ = false;
    bool all_ = false;        // it is about each key
    std::uint32_t pass_ = 0;  // its number
    Offset start_ = 0;        // it has seen all from here on
    Offset at_ = 0;           // up to here
    Offset end_ = 0;          // the last skipped record of its targets
    std::size_t open_ = 0;    // targets that may still have room
};

}  // namespace pintle::delivery
