// RocksDB alone with the records that a daemon has journalled: in groups, each made durable by a synced write, one
// thread and nothing around it. They are kept, as the daemon's were, and compressed as the journal does it.
// usage: commit_records JOURNAL LOG COUNT GROUP; prints {"records_per_second": ..., "cpu_us": ...}, the latter a record
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <rocksdb/db.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "alone.hpp"
#include "pintle/journal/journal.hpp"

namespace {

using namespace pintle;
using Clock = std::chrono::steady_clock;

std::vector<std::string> records_of(const std::string& directory, const std::string& name, std::size_t count) {
    journal::JournalOptions options;
    options.directory = directory;
    options.read_only = true;
    const auto journal = journal::open_journal(options);
    const auto stream = journal->create_or_open_stream(name);
    std::vector<std::string> records;
    journal::Offset after = 0;
    while (records.size() < count) {
        auto found = journal->read(stream, after, count - records.size(), 1 << 20);
        if (found.empty()) throw std::runtime_error("the journal holds fewer records");
        after = found.back().offset;
        for (auto& each : found) records.push_back(std::move(each.bytes));
    }
    return records;
}

nlohmann::json commit(const std::vector<std::string>& records, std::size_t group, const std::string& directory) {
    rocksdb::Options options;
    options.compression = rocksdb::kLZ4Compression;
    const auto database = bench::open_alone(directory, options);
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto cpu_before = bench::cpu_seconds();
    const auto begin = Clock::now();
    for (std::size_t next = 0; next < records.size();) {
        rocksdb::WriteBatch batch;
        for (std::size_t i = 0; i < group && next < records.size(); ++i, ++next)
            batch.Put(bench::numbered_key(next), records[next]);
        if (!database->Write(durable, &batch).ok()) throw std::runtime_error("RocksDB does not write");
    }
    const auto count = static_cast<double>(records.size());
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    return {{"records_per_second", count / elapsed.count()},
            {"cpu_us", (bench::cpu_seconds() - cpu_before) / count * 1e6}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: commit_records JOURNAL LOG COUNT GROUP\n";
        return 2;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_mt("commit_records"));  // the figures alone are for stdout
    try {
        const auto records = records_of(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10));
        const std::string scratch = std::string(argv[1]) + ".alone";
        std::cout << commit(records, std::strtoull(argv[4], nullptr, 10), scratch) << '\n';
        std::filesystem::remove_all(scratch);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
