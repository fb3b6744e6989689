#pragma once

#include <chrono>
#include <cstdint>

#include "rocksdb/open.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

using Clock = std::chrono::steady_clock;

// Measures the journal's size on disk and reclaims the space of acked records. For the commit thread.
class Maintenance {
public:
    Maintenance(Store& store, State& state, std::uint64_t max_size, const Tuning& tuning);

    void measure();  // sets `State::bytes_on_disk`, `nearly_full`, `full` and each stream's `occupied`

    // A commit of about `bytes` was written, with these deletions.
    struct Deleted {
        std::uint64_t records = 0;
        std::size_t ranges = 0;  // of records
        std::uint64_t letters = 0;
    };
    void committed(std::size_t bytes, const Deleted& deleted);

    // Measures again if it is due, and reclaims space if there is enough.
    void run(Clock::time_point now);

    // When `run` has something to do; `Clock::time_point::max()` if nothing has changed.
    Clock::time_point due() const { return due_; }

private:
    std::uint64_t nearly_full_from() const { return max_size_ - max_size_ / 8; }
    bool is_too_large();
    void measure_shares();
    void set_full(bool full);
    bool make_room();
    bool ask_for_deletions();
    void drop_files();
    void compact();
    void compact_letters();

    Store& store_;
    State& state_;
    std::uint64_t max_size_;
    Tuning tuning_;
    std::uint64_t reserve_;
    bool any_share_full_ = false;
    std::uint64_t undropped_ = 0;        // records deleted since the last `drop_files`
    std::uint64_t uncompacted_ = 0;      // records deleted since the last compaction
    std::uint64_t letters_removed_ = 0;  // since their last compaction
    std::size_t unflushed_ = 0;          // range deletions in memory
    Clock::time_point over_since_ = Clock::time_point::max();
    Clock::time_point due_;
};

}  // namespace pintle::journal
