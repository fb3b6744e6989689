#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

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

// What of a request's events is new.
struct Kept {
    std::size_t records = 0;
    std::size_t duplicates = 0;   // that are not
    std::vector<Reason> letters;  // their reasons
};

// What is counted of one source. Thread-safe.
class SourceCounter {
public:
    explicit SourceCounter(const Source& source);

    // `taken` are all events of a request, and none of them is kept.
    void rejected(const ProcessedRequest& taken, Reason reason);
    // All that is to be kept of `taken` is on disk.
    void kept(const ProcessedRequest& taken, const Kept& kept);

    // What its configuration, or that of a later one, makes possible is among the counts before it happens. Not
    // thread-safe together with `counts`.
    void set_possible(const Source& source);

    bool is_of(const Source& source) const { return name_ == source.name && destination_ == source.destination; }
    SourceCounts counts() const;

private:
    // What every event adds to.
    struct alignas(64) Hot {
        std::array<stats::Counter, customerio::event_types.size()> received;
        stats::Counter accepted;
        stats::Counter duplicate;
        stats::Counter integration_disabled;
        stats::Counter consent_denied;
    };

    static void count_received(Hot& hot, const ProcessedRequest& taken);

    const std::string name_;
    const std::string destination_;
    stats::ReasonSet possible_dead_letters_;
    stats::ReasonSet possible_rejections_;
    stats::ReasonCounters dead_lettered_;
    stats::ReasonCounters rejected_;
    stats::Sharded<Hot> hot_;
};

// What Ingest counts. Thread-safe.
class Counters {
public:
    Counters();

    // Those of that source, which outlive it: they go on where a later configuration has it again.
    SourceCounter& of(const Source& source);
    // A request of which no source is known.
    void rejected(Reason reason) { without_source_.add(reason); }
    void answered(stats::Time time) { answers_.mine().add(time); }

    Counts counts() const;

private:
    mutable std::mutex mutex_;  // for `sources_`, and what is possible for each
    std::vector<std::unique_ptr<SourceCounter>> sources_;
    stats::ReasonCounters without_source_;
    stats::Sharded<stats::Histogram> answers_;
};

}  // namespace pintle::ingest
