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

// What RocksDB warns of goes into the daemon's own log; it keeps no log files of its own.
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
        logging::warn("rocksdb message=\"{}\"", message);
    }
};

// Recovery is the commit thread's: it must find out what of a failed commit is on disk. RocksDB's own, on a disk that
// was full, would go on behind a torn log record, and may leave the log in a state that it refuses to open.
class NoRecovery : public rocksdb::EventListener {
public:
    // A compaction that meets a damaged block leaves its files as they are. That is no reason to take nothing any more:
    // who reads the block finds out what is lost.
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
    // One cache for all columns, and indexes in it: resident memory does not grow with the backlog.
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
    // A journal is created where nothing is, and nowhere else: see Store.
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
