#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "pending_record.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

// Passes the records of each commit from the commit thread to the worker, so that in the steady state none is read
// back from disk. Bounded: records for which there is no room are dropped; the worker reads them from the journal
// later. Thread-safe.
class CommitQueue {
public:
    static constexpr std::size_t max_bytes = 8 << 20;

    // Adds a commit's records, and moves from those that it keeps; `last` is the stream's last offset. True if the
    // worker has to be woken: once until it calls `take`.
    bool put(std::span<PendingRecord> records, journal::Offset last) {
        const MutexLock lock(mutex_);
        last_ = last;
        for (auto& record : records) {
            if (bytes_ > max_bytes) break;
            bytes_ += record.size();
            records_.push_back(std::move(record));
        }
        return !std::exchange(woken_, true);
    }

    // Replaces `records` by those that were added since the last call. `last` becomes the stream's last offset, unless
    // it is known to be higher.
    void take(std::vector<PendingRecord>& records, journal::Offset& last) {
        records.clear();
        const MutexLock lock(mutex_);
        records.swap(records_);
        bytes_ = 0;
        woken_ = false;
        last = std::max(last, last_);
    }

    // Drops the records.
    void clear() {
        const MutexLock lock(mutex_);
        records_.clear();
        bytes_ = 0;
    }

private:
    Mutex mutex_;
    std::vector<PendingRecord> records_ GUARDED_BY(mutex_);
    std::size_t bytes_ GUARDED_BY(mutex_) = 0;
    journal::Offset last_ GUARDED_BY(mutex_) = 0;
    bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace pintle::delivery
