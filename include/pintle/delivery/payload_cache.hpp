#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

// The bytes of the records in the scheduler's window. What waits long is parked: it is forgotten here, to be read again
// when its turn comes. Bounded; no more than half is for records that came in behind others. Not thread-safe.
class PayloadCache {
public:
    static constexpr std::size_t default_max_bytes = 32 << 20;

    explicit PayloadCache(std::size_t max_bytes = default_max_bytes) : max_bytes_(max_bytes) {}

    bool full() const noexcept { return bytes_ >= max_bytes_; }
    bool has_room_for_blocked() const noexcept { return blocked_bytes_ < max_bytes_ / 2; }

    void put(journal::Offset offset, std::string bytes, bool blocked = false) {
        bytes_ += bytes.size();
        if (blocked) blocked_bytes_ += bytes.size();
        records_[offset] = {std::move(bytes), blocked};
    }

    // The record's bytes, moved out; empty where it is parked.
    std::string take(journal::Offset offset) {
        const auto found = records_.find(offset);
        if (found == records_.end()) return {};
        forget(found->second);
        std::string bytes = std::move(found->second.bytes);
        records_.erase(found);
        return bytes;
    }

    // Parks all for which `parks(offset, bytes)` is true.
    template <class Predicate>
    void evict(Predicate parks) {
        std::erase_if(records_, [&](const auto& record) {
            if (!parks(record.first, record.second.bytes)) return false;
            forget(record.second);
            return true;
        });
    }

private:
    struct Record {
        std::string bytes;
        bool blocked = false;  // when it came in
    };

    void forget(const Record& record) {
        bytes_ -= record.bytes.size();
        if (record.blocked) blocked_bytes_ -= record.bytes.size();
    }

    std::size_t max_bytes_;
    std::unordered_map<journal::Offset, Record> records_;
    std::size_t bytes_ = 0;
    std::size_t blocked_bytes_ = 0;  // of those
};

}  // namespace pintle::delivery
