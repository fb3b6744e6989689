#pragma once

#include <chrono>
#include <cstdint>

#include "journal/open.hpp"
#include "journal/state.hpp"
#include "journal/store.hpp"

namespace pintle::journal {

using Clock = std::chrono::steady_clock;

// Watches how much disk the journal takes and gets the room of settled records back. On the commit thread.
class Upkeep {
public:
    Upkeep(Store& store, State& state, std::uint64_t max_size, const Pace& pace);

    void measure();  // sets `State::full` and `State::bytes_on_disk`

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
    void ask_for_deletions();
    void drop_files();
    void compact();
    void compact_letters();
    void log_change(bool full) const;

    Store& store_;
    State& state_;
    std::uint64_t max_size_;
    Pace pace_;
    std::uint64_t reserve_;
    std::uint64_t undropped_ = 0;     // records deleted since files were dropped last
    std::uint64_t uncompacted_ = 0;   // records deleted since the last compaction
    std::uint64_t letters_gone_ = 0;  // since their last compaction
    std::size_t unflushed_ = 0;       // range deletes that are in memory only
    Clock::time_point due_ = Clock::time_point::max();
};

}  // namespace pintle::journal
