#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/intake.hpp"
#include "pintle/count/counter.hpp"
#include "pintle/count/histogram.hpp"
#include "pintle/count/per_thread.hpp"
#include "pintle/count/reasons.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/ingest/ingest.hpp"

namespace pintle::ingest {

inline constexpr count::Bounds answer_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 10s};
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
    void rejected(const Taken& taken, Reason reason);
    // All that is to be kept of `taken` is on disk.
    void kept(const Taken& taken, const Kept& kept);

    // What its configuration, or that of a later one, makes possible is among the counts before it happens. Not
    // thread-safe together with `counts`.
    void set_possible(const Source& source);

    bool is_of(const Source& source) const { return name_ == source.name && destination_ == source.destination; }
    SourceCounts counts() const;

private:
    // What every event adds to.
    struct alignas(64) Hot {
        std::array<count::Counter, mapping::event_types.size()> received;
        count::Counter accepted;
        count::Counter duplicate;
        count::Counter integration_disabled;
        count::Counter consent_denied;
    };

    static void count_received(Hot& hot, const Taken& taken);

    const std::string name_;
    const std::string destination_;
    count::ReasonSet possible_dead_letters_;
    count::ReasonSet possible_rejections_;
    count::ReasonCounters dead_lettered_;
    count::ReasonCounters rejected_;
    count::PerThread<Hot> hot_;
};

// What Ingest counts. Thread-safe.
class Counters {
public:
    Counters();

    // Those of that source, which outlive it: they go on where a later configuration has it again.
    SourceCounter& of(const Source& source);
    // A request of which no source is known.
    void rejected(Reason reason) { without_source_.add(reason); }
    void answered(count::Time time) { answers_.mine().add(time); }

    Counts counts() const;

private:
    mutable std::mutex mutex_;  // for `sources_`, and what is possible for each
    std::vector<std::unique_ptr<SourceCounter>> sources_;
    count::ReasonCounters without_source_;
    count::PerThread<count::Histogram> answers_;
};

}  // namespace pintle::ingest
