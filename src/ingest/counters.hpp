#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/stats/counter.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"
#include "pintle/stats/sharded.hpp"
#include "request_processor.hpp"

namespace pintle::ingest {

inline constexpr stats::Bounds response_time_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 10s};
}();

// The counters of one source at one destination. Thread-safe.
class DestinationCounter {
public:
    explicit DestinationCounter(const Destination& destination);

    // All events of a request are rejected.
    void rejected(std::size_t events);
    // The request is committed.
    void kept(std::size_t events, const OutcomeCounts& outcomes);

    // As of SourceCounter.
    void set_possible(const Source& source, const Destination& destination);

    const std::string& name() const noexcept { return name_; }
    DestinationCounts counts() const;

private:
    // The counters that every event changes.
    struct alignas(64) Hot {
        stats::Counter received;
        stats::Counter rejected;
        stats::Counter accepted;
        stats::Counter duplicate;
        stats::Counter integration_disabled;
        stats::Counter consent_denied;
        stats::Counter filtered;
    };

    const std::string name_;
    stats::ReasonSet possible_dead_letters_;
    stats::ReasonCounters dead_lettered_;
    stats::Sharded<Hot> hot_;
};

// The use of one write key. Thread-safe.
class KeyCounter {
public:
    explicit KeyCounter(std::string key) : key_(std::move(key)), hot_([] { return std::make_unique<Hot>(); }) {}

    void used(WallTime now);

    const std::string& key() const noexcept { return key_; }
    KeyCounts counts() const;

private:
    struct alignas(64) Hot {
        stats::Counter requests;
        std::atomic<WallTime::rep> last_used{0};
    };

    const std::string key_;
    stats::Sharded<Hot> hot_;
};

// The counters of one source. Thread-safe, but for `set_destinations` and what concerns the keys.
class SourceCounter {
public:
    // The counters of a source's keys, in their order. They stay valid.
    using Keys = std::vector<KeyCounter*>;

    // The counters of a source's destinations, in their order. They stay valid.
    using Destinations = std::vector<DestinationCounter*>;

    explicit SourceCounter(const Source& source);

    // All events of the request are rejected.
    void rejected(const Destinations& destinations, const ProcessedRequest& processed, Reason reason);
    // The request is committed.
    void kept(const Destinations& destinations, const ProcessedRequest& processed);

    // Returns the counters of the source's destinations, and sets which reasons are reported even if their count is 0.
    // Not together with `counts`.
    Destinations set_destinations(const Source& source);

    // Returns the counters of the source's keys, which are reported from now on. A key that returns counts on. Not
    // together with `counts`.
    Keys set_keys(const std::vector<std::string>& keys);

    const std::string& name() const noexcept { return name_; }
    SourceCounts counts() const;

private:
    struct alignas(64) Hot {
        std::array<stats::Counter, customerio::event_types.size()> received;
    };

    static void count_received(Hot& hot, const ProcessedRequest& processed);

    const std::string name_;
    stats::ReasonSet possible_rejections_;
    stats::ReasonCounters rejected_;
    stats::Sharded<Hot> hot_;
    std::vector<std::unique_ptr<DestinationCounter>> destinations_;  // also former ones
    std::vector<std::unique_ptr<KeyCounter>> keys_;                  // also former ones, which requests may still use
    Keys present_keys_;
};

// The counters of Ingest. Thread-safe.
class Counters {
public:
    Counters();

    // The counters of the source, of its destinations and of its keys. They are kept if a later configuration no longer
    // has them.
    std::tuple<SourceCounter*, SourceCounter::Destinations, SourceCounter::Keys> of(const Source& source);
    // The keys of all sources are former ones, until `of` is called with them again.
    void retire_keys();
    // A request without a known source.
    void rejected(Reason reason) { without_source_.add(reason); }
    void responded(stats::Time time) { response_times_.mine().add(time); }

    Counts counts() const;

private:
    mutable Mutex mutex_;  // also of the destinations and keys of each of `sources_` and of what is possible for them
    std::vector<std::unique_ptr<SourceCounter>> sources_ GUARDED_BY(mutex_);
    stats::ReasonCounters without_source_;
    stats::Sharded<stats::Histogram> response_times_;
};

}  // namespace pintle::ingest
