#include "metric_families.hpp"

namespace pintle::daemon {
namespace {

void add_journal(const journal::Usage& usage, stats::Families& families) {
    const auto add = [&](const char* name, const char* help, std::uint64_t value) {
        stats::Family::gauge(name, help).add({}, value).move_to(families);
    };
    add("pintle_journal_bytes", "What the journal takes on disk, about.", usage.bytes_on_disk);
    add("pintle_journal_max_bytes", "journal.max_size: over it events are answered 503.", usage.max_bytes);
    add("pintle_journal_free_bytes", "What the journal's file system has left.", usage.bytes_free);
    stats::Family::histogram("pintle_journal_commit_duration_seconds",
                             "Duration of one commit: a durable write, which many requests share.")
        .add({}, usage.commits)
        .move_to(families);
}

void add_process(const stats::Process& process, stats::Families& families) {
    stats::Family::counter("process_cpu_seconds_total", "User and system time, in seconds.")
        .add({}, process.cpu_seconds)
        .move_to(families);
    const auto add = [&](const char* name, const char* help, double value) {
        stats::Family::gauge(name, help).add({}, value).move_to(families);
    };
    add("process_resident_memory_bytes", "Resident memory.", static_cast<double>(process.resident_bytes));
    add("process_open_fds", "Open file descriptors.", static_cast<double>(process.open_files));
    add("process_max_fds", "As many may be open.", static_cast<double>(process.max_files));
    add("process_start_time_seconds", "When the process started, in seconds since the epoch.", process.start_time);
}

}  // namespace

void add_house(const Snapshot& snapshot, stats::Families& families) {
    add_journal(snapshot.journal, families);
    std::uint64_t delivery = 0;
    for (const auto& destination : snapshot.destinations) delivery += destination.connections;
    stats::Family::gauge("pintle_connections", "Open connections: of senders, to Customer.io.")
        .add({{"side", "ingest"}}, snapshot.connections)
        .add({{"side", "delivery"}}, delivery)
        .move_to(families);
    stats::Family::gauge("pintle_ready", "1 where events are taken in, as /ready says.")
        .add({}, snapshot.ready ? 1.0 : 0.0)
        .move_to(families);
    stats::Family::gauge("pintle_build_info", "1; what it is built from is in the labels.")
        .add({{"version", PINTLE_VERSION}, {"compiler", __VERSION__}}, 1.0)
        .move_to(families);
    add_process(snapshot.process, families);
}

}  // namespace pintle::daemon
