#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "pintle/journal/journal.hpp"

namespace rocksdb {
class Env;
}

namespace pintle::journal {

// When the journal does what need not be done at once. Tests hurry it, so that little data sees all of it.
struct Tuning {
    std::size_t write_buffer = 16U << 20U;       // bytes of records in memory before they go into a file
    std::uint64_t worth_deleting = 1000;         // settled records
    std::uint64_t worth_dropping = 65'536;       // deleted records, before their files are looked for
    std::chrono::milliseconds ack_interval{50};  // between writes of the settled offsets
    std::chrono::milliseconds upkeep_interval{250};
    std::chrono::milliseconds damage_timeout{3000};  // until bytes that cannot be read are given up
    std::chrono::milliseconds first_retry{20};       // after a failure; then twice as long each time
    std::chrono::milliseconds last_retry{1000};
};

// As `open_journal`, on another file system than the machine's own: one that tests make fail. `env` must outlive the
// journal.
std::unique_ptr<Journal> open_journal(const JournalOptions& options, rocksdb::Env* env, const Tuning& tuning = {});

}  // namespace pintle::journal
