#include "ingest/counters.hpp"

#include <algorithm>

#include "ingest/refusals.hpp"

namespace pintle::ingest {

SourceCounter::SourceCounter(const Source& source)
    : name_(source.name), destination_(source.destination), dead_(reasons), refused_(reasons), hot_([] {
          return std::make_unique<Hot>();
      }) {}

// Events that were not looked at, as another of their request spoiled it, are of no known type.
void SourceCounter::count_received(Hot& hot, const Taken& taken) {
    std::size_t unknown = taken.events;
    for (std::size_t type = 0; type < taken.types.size(); ++type) {
        hot.received[type].add(taken.types[type]);
        unknown -= taken.types[type];
    }
    hot.received.back().add(unknown);
}

void SourceCounter::refused(const Taken& taken, std::string_view reason) {
    count_received(hot_.mine(), taken);
    refused_.add(reason, taken.events);
}

void SourceCounter::kept(const Taken& taken, const Kept& kept) {
    Hot& hot = hot_.mine();
    count_received(hot, taken);
    hot.accepted.add(kept.records);
    hot.duplicate.add(kept.duplicates);
    hot.integration_disabled.add(taken.integration_disabled);
    hot.consent_denied.add(taken.consent_denied);
    for (const auto reason : kept.letters) dead_.add(reason);
}

SourceCounts SourceCounter::counts() const {
    SourceCounts counts;
    counts.source = name_;
    counts.destination = destination_;
    counts.dead = dead_.counts();
    counts.refused = refused_.counts();
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

Counters::Counters()
    : strangers_(reasons), answers_([] { return std::make_unique<count::Histogram>(answer_bounds); }) {}

SourceCounter& Counters::of(const Source& source) {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find_if(sources_, [&](const auto& counter) { return counter->is_of(source); });
    if (known != sources_.end()) return **known;
    return *sources_.emplace_back(std::make_unique<SourceCounter>(source));
}

Counts Counters::counts() const {
    Counts all;
    all.refused = strangers_.counts();
    answers_.each([&](const count::Histogram& answers) { all.answers += answers.times(); });
    const std::lock_guard lock(mutex_);
    all.sources.reserve(sources_.size());
    for (const auto& source : sources_) all.sources.push_back(source->counts());
    return all;
}

}  // namespace pintle::ingest
