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

// When the journal does work that can wait. Tests use smaller values, so that little data triggers all of it.
struct Tuning {
    std::size_t write_buffer = 16U << 20U;       // bytes of records in memory before they are flushed
    std::uint64_t delete_from = 1000;            // acked records
    std::uint64_t drop_files_from = 65'536;      // deleted records before their files are dropped
    std::chrono::milliseconds ack_interval{50};  // between writes of the acked offsets
    std::chrono::milliseconds maintenance_interval{250};
    std::chrono::milliseconds damage_timeout{3000};  // until unreadable records count as lost
    std::chrono::milliseconds first_retry{20};       // after a failure; doubles each time
    std::chrono::milliseconds last_retry{1000};
};

// As `open_journal`, on a file system that tests make fail. `env` must outlive the journal.
std::unique_ptr<Journal> open_journal(const JournalOptions& options, rocksdb::Env* env, const Tuning& tuning = {});

}  // namespace pintle::journal
