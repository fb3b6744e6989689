#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intervals.hpp"
#include "rocksdb/high_watermark.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Reads the tables and write-ahead logs of a database that does not open, one by one, and skips damage. It relies on
// how the journal uses them: a record or letter is written once, and single values only grow.
class Salvage {
public:
    using Put = std::function<void(ColumnFamily column_family, std::string_view key, std::string_view value)>;
    using Removed = std::function<void(ColumnFamily column_family, std::string_view key)>;

    // Passes all values to `put`, file by file, also of deleted keys, and single deletions to `removed`.
    void read(const std::string& directory, const Put& put, const Removed& removed);

    // Files that could not be read completely.
    const std::vector<std::string>& damages() const { return damages_; }

private:
    void read_table(const std::string& path, const Put& put);
    void read_log(const std::string& path, const Put& put, const Removed& removed);
    void add_damage(const std::string& path, const std::string& what);

    std::vector<std::string> damages_;
};

// The write-ahead logs of a journal with bytes that are not what was written, and which. The end of the last one may be
// so after a crash.
std::vector<std::string> damaged_logs(const std::string& directory);

// The latest single values that a salvage found.
struct SalvagedValues {
    std::uint64_t commit = 0;
    std::map<Stream, std::string> names;
    std::map<Stream, Intervals> acked;  // no entry if the acked records are unknown
    std::map<Stream, DeadLetterTotals> letters;
    std::map<Stream, Losses> losses;
    std::map<std::string, std::string> metadata;

    void put(std::string_view key, std::string_view value);
    void put(const HighWatermark& watermark);
};

}  // namespace pintle::journal
