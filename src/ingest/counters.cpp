#include "counters.hpp"

#include <algorithm>

#include "reasons.hpp"

namespace pintle::ingest {

SourceCounter::SourceCounter(const Source& source)
    : name_(source.name), destination_(source.destination), hot_([] { return std::make_unique<Hot>(); }) {}

void SourceCounter::set_possible(const Source& source) {
    possible_dead_letters_ = possible_dead_letters(source);
    possible_rejections_ = possible_rejections(source);
}

// The type of events that were not examined, because another one failed the request, is unknown.
void SourceCounter::count_received(Hot& hot, const ProcessedRequest& processed) {
    std::size_t unknown = processed.events;
    for (std::size_t type = 0; type < processed.types.size(); ++type) {
        hot.received[type].add(processed.types[type]);
        unknown -= processed.types[type];
    }
    hot.received.back().add(unknown);
}

void SourceCounter::rejected(const ProcessedRequest& processed, Reason reason) {
    count_received(hot_.mine(), processed);
    rejected_.add(reason, processed.events);
}

void SourceCounter::kept(const ProcessedRequest& processed, const Kept& kept) {
    Hot& hot = hot_.mine();
    count_received(hot, processed);
    hot.accepted.add(kept.records);
    hot.duplicate.add(kept.duplicates);
    hot.integration_disabled.add(processed.integration_disabled);
    hot.consent_denied.add(processed.consent_denied);
    for (const auto reason : kept.letters) dead_lettered_.add(reason);
}

SourceCounts SourceCounter::counts() const {
    SourceCounts counts;
    counts.source = name_;
    counts.destination = destination_;
    counts.dead_lettered = dead_lettered_.counts(possible_dead_letters_);
    counts.rejected = rejected_.counts(possible_rejections_);
    hot_.each([&](const Hot& hot) {
        for (std::size_t type = 0; type < counts.received.size(); ++type) {
            counts.received[type] += hot.received[type].value();
        }
        counts.accepted += hot.accepted.value();
        counts.duplicate += hot.duplicate.value();
        counts.integration_disabled += hot.integration_disabled.value();
        counts.consent_denied += hot.consent_denied.value();
    });
    return counts;
}

Counters::Counters() : answers_([] { return std::make_unique<stats::Histogram>(answer_bounds); }) {}

SourceCounter& Counters::of(const Source& source) {
    const MutexLock lock(mutex_);
    const auto known = std::ranges::find_if(sources_, [&](const auto& counter) { return counter->is_of(source); });
    auto& counter = known != sources_.end() ? **known : *sources_.emplace_back(std::make_unique<SourceCounter>(source));
    counter.set_possible(source);
    return counter;
}

Counts Counters::counts() const {
    Counts all;
    all.rejected = without_source_.counts(possible_rejections_without_source());
    answers_.each([&](const stats::Histogram& answers) { all.answers += answers.times(); });
    const MutexLock lock(mutex_);
    all.sources.reserve(sources_.size());
    for (const auto& source : sources_) all.sources.push_back(source->counts());
    return all;
}

}  // namespace pintle::ingest
