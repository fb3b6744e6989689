#pragma once

#include <chrono>
#include <cstdint>

#include "rocksdb/open.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

using Clock = std::chrono::steady_clock;

// Watches how much disk the journal takes and gets the room of settled records back. On the commit thread.
class Maintenance {
public:
    Maintenance(Store& store, State& state, std::uint64_t max_size, const Tuning& tuning);

    void measure();  // sets `State::bytes_on_disk`, `tight` and `full`, and what each log occupies

    // A commit of about `bytes` was written, in which that much was deleted.
    struct Deleted {
        std::uint64_t records = 0;
        std::size_t ranges = 0;  // that the records were in
        std::uint64_t letters = 0;
    };
    void committed(std::size_t bytes, const Deleted& deleted);

    // Measures again where it is time, and gives room back where that is worth while.
    void run(Clock::time_point now);

    // When `run` has something to do; `Clock::time_point::max()` where nothing has changed.
    Clock::time_point due() const { return due_; }

private:
    std::uint64_t tight_from() const { return max_size_ - max_size_ / 8; }
    bool is_over();
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
    std::uint64_t undropped_ = 0;     // records deleted since files were dropped last
    std::uint64_t uncompacted_ = 0;   // records deleted since the last compaction
    std::uint64_t letters_gone_ = 0;  // since their last compaction
    std::size_t unflushed_ = 0;       // range deletes that are in memory only
    Clock::time_point over_since_ = Clock::time_point::max();
    Clock::time_point due_;
};

}  // namespace pintle::journal
