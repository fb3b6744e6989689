#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/mutex.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/stats/counter.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"
#include "pintle/stats/sharded.hpp"
#include "request_processor.hpp"

namespace pintle::ingest {

inline constexpr stats::Bounds answer_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 10s};
}();

// The new events of a request.
struct Kept {
    std::size_t records = 0;
    std::size_t duplicates = 0;
    std::vector<Reason> letters;  // their reasons
};

// The counters of one source. Thread-safe.
class SourceCounter {
public:
    explicit SourceCounter(const Source& source);

    // All events of the request are rejected.
    void rejected(const ProcessedRequest& processed, Reason reason);
    // The request is committed.
    void kept(const ProcessedRequest& processed, const Kept& kept);

    // Sets which reasons are reported even if their count is 0. Not thread-safe together with `counts`.
    void set_possible(const Source& source);

    bool is_of(const Source& source) const { return name_ == source.name && destination_ == source.destination; }
    SourceCounts counts() const;

private:
    // The counters that every event changes.
    struct alignas(64) Hot {
        std::array<stats::Counter, customerio::event_types.size()> received;
        stats::Counter accepted;
        stats::Counter duplicate;
        stats::Counter integration_disabled;
        stats::Counter consent_denied;
    };

    static void count_received(Hot& hot, const ProcessedRequest& processed);

    const std::string name_;
    const std::string destination_;
    stats::ReasonSet possible_dead_letters_;
    stats::ReasonSet possible_rejections_;
    stats::ReasonCounters dead_lettered_;
    stats::ReasonCounters rejected_;
    stats::Sharded<Hot> hot_;
};

// The counters of Ingest. Thread-safe.
class Counters {
public:
    Counters();

    // The counters of the source. They are kept if a later configuration no longer has it.
    SourceCounter& of(const Source& source);
    // A request without a known source.
    void rejected(Reason reason) { without_source_.add(reason); }
    void answered(stats::Time time) { answers_.mine().add(time); }

    Counts counts() const;

private:
    mutable Mutex mutex_;  // also of what is possible for each of `sources_`
    std::vector<std::unique_ptr<SourceCounter>> sources_ GUARDED_BY(mutex_);
    stats::ReasonCounters without_source_;
    stats::Sharded<stats::Histogram> answers_;
};

}  // namespace pintle::ingest
