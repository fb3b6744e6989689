#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What GET /api/status told, once.
namespace pintle::cli {

struct HistogramStatus {
    std::vector<double> bounds;         // seconds, rising
    std::vector<std::uint64_t> counts;  // by bucket, each by itself; one more than bounds
};

// Below which the share `q` lies of what was counted between two looks; nothing where there was nothing. Beyond the
// last bound that bound.
std::optional<double> quantile(const HistogramStatus& before, const HistogramStatus& now, double q);

struct PauseStatus {
    std::string reason;  // a code
    std::string since;
    std::string message;
};

struct DestinationStatus {
    std::string name;
    std::uint64_t backlog_events = 0;  // those in flight included
    std::uint64_t in_flight = 0;       // requests
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dead_lettered = 0;  // since the start
    std::uint64_t dead_letters = 0;   // retained
    std::uint64_t lost = 0;           // ever, by the disk
    std::uint64_t retries = 0;
    std::optional<std::uint64_t> backlog_bytes;
    std::optional<double> backlog_oldest_age_seconds;
    std::optional<double> time_to_drain_seconds;
    std::map<std::string, std::uint64_t> retries_by_cause;
    std::map<std::string, std::uint64_t> dead_letters_by_reason;
    HistogramStatus request_duration;
    std::optional<PauseStatus> paused;
    bool circuit_breaker_open = false;
    bool full = false;

    std::string state() const;           // a code: paused, circuit_breaker_open, idle, delivering
    std::string state_in_words() const;  // the same for people
};

struct FullStatus {
    std::string version;
    std::string started_at;
    std::string now;
    double up_seconds = 0;
    bool draining = false;
    std::uint64_t connections = 0;
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t dead_lettered = 0;  // as they came
    std::uint64_t dropped = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    std::map<std::string, std::uint64_t> dropped_by_reason;
    bool journal_has_room = true;
    bool journal_full = false;
    std::string journal_error;
    std::uint64_t journal_bytes = 0;
    std::uint64_t journal_max_bytes = 0;
    HistogramStatus commits;
    std::uint64_t resident_bytes = 0;
    double cpu_seconds = 0;
    std::vector<DestinationStatus> destinations;

    // Why it is not healthy, in words; empty where it accepts events and no destination is paused.
    std::string trouble() const;
};

// All text in it is fit to be shown. What is missing stays empty; nothing where it is no status at all.
std::optional<FullStatus> read_status(std::string_view json);

}  // namespace pintle::cli
