#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

#include "pending_record.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

// The records of the scheduler's window, with their bytes. A record that has to wait long is evicted: it is read again
// when its turn comes. Bounded by bytes; at most half is for records that were blocked when they came in. Not
// thread-safe.
class PayloadCache {
public:
    static constexpr std::size_t default_max_bytes = 32 << 20;

    explicit PayloadCache(std::size_t max_bytes = default_max_bytes) : max_bytes_(max_bytes) {}

    bool full() const noexcept { return bytes_ >= max_bytes_; }
    bool has_room_for_blocked() const noexcept { return blocked_bytes_ < max_bytes_ / 2; }

    // Adds a record that is not in it.
    void put(PendingRecord record, bool blocked = false) {
        const auto offset = record.offset();
        const auto size = record.size();
        if (!entries_.try_emplace(offset, std::move(record), blocked).second) return;
        bytes_ += size;
        if (blocked) blocked_bytes_ += size;
    }

    // Removes and returns the record; nothing if it was evicted.
    std::optional<PendingRecord> take(journal::Offset offset) {
        const auto found = entries_.find(offset);
        if (found == entries_.end()) return std::nullopt;
        subtract(found->second);
        std::optional record(std::move(found->second.record));
        entries_.erase(found);
        return record;
    }

    // Evicts all records for which `is_evicted(record)` is true.
    template <class Predicate>
    void evict(Predicate is_evicted) {
        std::erase_if(entries_, [&](const auto& entry) {
            if (!is_evicted(entry.second.record)) return false;
            subtract(entry.second);
            return true;
        });
    }

private:
    struct Entry {
        Entry(PendingRecord r, bool b) : record(std::move(r)), blocked(b) {}

        PendingRecord record;
        bool blocked;  // when it came in
    };

    void subtract(const Entry& entry) {
        bytes_ -= entry.record.size();
        if (entry.blocked) blocked_bytes_ -= entry.record.size();
    }

    std::size_t max_bytes_;
    std::unordered_map<journal::Offset, Entry> entries_;
    std::size_t bytes_ = 0;
    std::size_t blocked_bytes_ = 0;  // part of `bytes_`
};

}  // namespace pintle::delivery
