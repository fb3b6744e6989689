#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

// Where the commit thread leaves what it just wrote, so that in the steady state nothing is read back from disk.
// Bounded: what does not fit is dropped here and read from the journal when there is room. Thread-safe.
class CommitQueue {
public:
    static constexpr std::size_t max_bytes = 8 << 20;

    // True: the owner is to be woken, once; it then calls `take`.
    bool put(std::span<journal::StoredRecord> records) {
        const MutexLock lock(mutex_);
        last_ = records.back().offset;
        for (auto& record : records) {
            if (bytes_ > max_bytes) break;
            bytes_ += record.bytes.size();
            records_.push_back(std::move(record));
        }
        return !std::exchange(woken_, true);
    }

    // All that came since the last call; `last` becomes the log's last offset.
    void take(std::vector<journal::StoredRecord>& records, journal::Offset& last) {
        records.clear();
        const MutexLock lock(mutex_);
        records.swap(records_);
        bytes_ = 0;
        woken_ = false;
        last = last_;
    }

private:
    Mutex mutex_;
    std::vector<journal::StoredRecord> records_ GUARDED_BY(mutex_);
    std::size_t bytes_ GUARDED_BY(mutex_) = 0;
    journal::Offset last_ GUARDED_BY(mutex_) = 0;
    bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace pintle::delivery
