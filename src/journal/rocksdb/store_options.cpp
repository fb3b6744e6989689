#include "rocksdb/store_options.hpp"

#include "pintle/logging/logging.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include <rocksdb/cache.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

namespace pintle::journal {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

// Passes RocksDB's warnings to the daemon's log, instead of log files in the database's directory.
class InfoLog : public rocksdb::Logger {
public:
    InfoLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

    using Logger::Logv;
    void Logv(const char* format, va_list arguments) override {
        std::array<char, 512> text{};
        // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the caller has started it
        std::vsnprintf(text.data(), text.size(), format, arguments);
        std::string_view message(text.data());
        while (message.ends_with('\n')) message.remove_suffix(1);
        // Opening a database: each attempt logs what it meets. The journal itself says what that costs, or why it
        // fails.
        const bool is_of_open = message.find("/db_impl_open.cc:") != std::string_view::npos;
        logging::log(is_of_open ? spdlog::level::debug : spdlog::level::warn, "rocksdb message=\"{}\"", message);
    }
};

// Disables RocksDB's own recovery. The commit thread recovers, as it must find out whether a failed commit is on disk.
// After a full disk RocksDB would continue behind a torn log record, and might leave a log that it cannot open.
class NoRecovery : public rocksdb::EventListener {
public:
    // A compaction that finds a damaged block keeps its files. Writes need not fail for that: reading the block reveals
    // what is lost.
    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
        if (reason != rocksdb::BackgroundErrorReason::kCompaction || !error->IsCorruption()) return;
        logging::error("journal_file_damaged error=\"{}\"", error->ToString());
        *error = rocksdb::Status::OK();
    }
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
        *automatic = false;
    }
};

rocksdb::BlockBasedTableOptions table_options() {
    // One cache for all column families, including indexes, so that resident memory does not grow with the backlog.
    static const auto cache = rocksdb::NewLRUCache(8 * mib);
    rocksdb::BlockBasedTableOptions options;
    options.block_cache = cache;
    options.block_size = 16 * kib;
    options.cache_index_and_filter_blocks = true;
    options.format_version = 5;
    return options;
}

}  // namespace

rocksdb::DBOptions database_options(rocksdb::Env* env) {
    rocksdb::DBOptions options;
    options.env = env;
    options.info_log = std::make_shared<InfoLog>();
    // Store decides when to create a database.
    options.create_if_missing = false;
    options.create_missing_column_families = false;
    options.paranoid_checks = true;
    options.max_bgerror_resume_count = 0;
    options.listeners.push_back(std::make_shared<NoRecovery>());
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.max_total_wal_size = 64 * mib;
    options.db_write_buffer_size = 48 * mib;
    options.max_manifest_file_size = 4 * mib;
    options.keep_log_file_num = 1;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.bytes_per_sync = mib;
    return options;
}

rocksdb::ColumnFamilyOptions column_options(ColumnFamily column_family, std::size_t write_buffer) {
    const bool large = column_family == ColumnFamily::records || column_family == ColumnFamily::letters;
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = column_family == ColumnFamily::records ? write_buffer : 4 * mib;
    options.max_write_buffer_number = 3;
    options.arena_block_size = 64 * kib;
    options.target_file_size_base = 32 * mib;
    options.compression = large ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
    return options;
}

}  // namespace pintle::journal
