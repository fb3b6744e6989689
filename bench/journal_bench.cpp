// What a durable append costs: records of 1.1 KB with a number of requests under way, each record settled as soon as it
// is committed, beside what RocksDB does with the same batches and nothing around it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "alone.hpp"
#include "pintle/journal/journal.hpp"

namespace {

using namespace pintle;
using Clock = std::chrono::steady_clock;

constexpr std::size_t record_size = 1100;

class ScratchDirectory {
public:
    ScratchDirectory() {
        auto name = (std::filesystem::temp_directory_path() / "pintle-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
        path_ = name;
    }
    ~ScratchDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Figures {
    double records_per_second = 0;
    double cpu_us = 0;  // of all threads, a record
    double p50_us = 0;
    double p99_us = 0;
};

Figures through_journal(std::size_t under_way, std::size_t records) {
    const ScratchDirectory scratch;
    journal::JournalOptions options;
    options.directory = scratch.path();
    const auto journal = journal::open_journal(options);
    const auto stream = journal->create_or_open_stream("bench");
    journal->subscribe(stream, [&](std::span<journal::StoredRecord> committed) {
        for (const auto& record : committed) journal->ack(stream, record.offset);
    });
    std::counting_semaphore<> free(static_cast<std::ptrdiff_t>(under_way));
    std::vector<double> latencies;  // the commit thread's
    latencies.reserve(records);
    const std::string bytes(record_size, 'r');
    const auto cpu_before = bench::cpu_seconds();
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < records; ++i) {
        free.acquire();
        journal::WriteBatch append;
        append.records.push_back({stream, bytes});
        journal->append(std::move(append), [&, sent = Clock::now()](boost::system::error_code error) {
            if (error) std::abort();
            latencies.push_back(seconds_since(sent));
            free.release();
        });
    }
    for (std::size_t i = 0; i < under_way; ++i) free.acquire();
    const auto elapsed = seconds_since(begin);
    const auto cpu = (bench::cpu_seconds() - cpu_before) / static_cast<double>(records);
    std::ranges::sort(latencies);
    return {static_cast<double>(records) / elapsed, cpu * 1e6, latencies[records / 2] * 1e6,
            latencies[records * 99 / 100] * 1e6};
}

Figures bare(std::size_t batch_size, std::size_t records) {
    const ScratchDirectory scratch;
    const auto database = bench::open_alone(scratch.path());
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const std::string bytes(record_size, 'r');
    const auto cpu_before = bench::cpu_seconds();
    const auto begin = Clock::now();
    std::uint64_t next = 0;
    while (next < records) {
        rocksdb::WriteBatch batch;
        if (next > 0) batch.DeleteRange(bench::numbered_key(next - batch_size), bench::numbered_key(next));
        for (std::size_t i = 0; i < batch_size; ++i) batch.Put(bench::numbered_key(next++), bytes);
        if (!database->Write(durable, &batch).ok()) throw std::runtime_error("RocksDB does not write");
    }
    const auto per_second = static_cast<double>(next) / seconds_since(begin);
    return {per_second, (bench::cpu_seconds() - cpu_before) / static_cast<double>(next) * 1e6};
}

void journal_append(benchmark::State& state) {
    const auto under_way = static_cast<std::size_t>(state.range(0));
    const std::size_t records = under_way == 1 ? 2000 : 100'000;
    for (auto _ : state) {
        const auto figures = through_journal(under_way, records);
        const auto unbatchable = bare(under_way, records);
        state.counters["records/s"] = figures.records_per_second;
        state.counters["p50_us"] = figures.p50_us;
        state.counters["p99_us"] = figures.p99_us;
        state.counters["cpu_us"] = figures.cpu_us;
        state.counters["bare/s"] = unbatchable.records_per_second;
        state.counters["bare_cpu_us"] = unbatchable.cpu_us;
        state.counters["of_bare"] = figures.records_per_second / unbatchable.records_per_second;
    }
}
BENCHMARK(journal_append)
    ->Arg(1)
    ->Arg(64)
    ->Arg(512)
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

// Run alone (--benchmark_filter=idle), or it counts what the others left.
void journal_idle_memory(benchmark::State& state) {
    const ScratchDirectory scratch;
    journal::JournalOptions options;
    options.directory = scratch.path();
    for (auto _ : state) {
        const auto before = resident_mib();
        const auto journal = journal::open_journal(options);
        journal->create_or_open_stream("bench");
        state.counters["process_MiB"] = resident_mib();
        state.counters["journal_MiB"] = resident_mib() - before;
    }
}
BENCHMARK(journal_idle_memory)->Iterations(1);

}  // namespace
