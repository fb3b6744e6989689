#include "counters.hpp"

#include <algorithm>
#include <optional>

#include "reasons.hpp"

namespace pintle::ingest {

DestinationCounter::DestinationCounter(const Destination& destination)
    : name_(destination.name), hot_([] { return std::make_unique<Hot>(); }) {}

void DestinationCounter::set_possible(const Source& source, const Destination& destination) {
    possible_dead_letters_ = possible_dead_letters(source, destination);
}

void DestinationCounter::rejected(std::size_t events) {
    Hot& hot = hot_.mine();
    hot.received.add(events);
    hot.rejected.add(events);
}

void DestinationCounter::kept(std::size_t events, const OutcomeCounts& outcomes) {
    Hot& hot = hot_.mine();
    hot.received.add(events);
    hot.accepted.add(outcomes.records);
    hot.duplicate.add(outcomes.duplicates);
    hot.integration_disabled.add(outcomes.integration_disabled);
    hot.consent_denied.add(outcomes.consent_denied);
    hot.filtered.add(outcomes.filtered);
    for (const auto reason : outcomes.letters) dead_lettered_.add(reason);
}

DestinationCounts DestinationCounter::counts() const {
    DestinationCounts counts;
    counts.destination = name_;
    counts.dead_lettered = dead_lettered_.counts(possible_dead_letters_);
    hot_.each([&](const Hot& hot) {
        counts.received += hot.received.value();
        counts.rejected += hot.rejected.value();
        counts.accepted += hot.accepted.value();
        counts.duplicate += hot.duplicate.value();
        counts.integration_disabled += hot.integration_disabled.value();
        counts.consent_denied += hot.consent_denied.value();
        counts.filtered += hot.filtered.value();
    });
    return counts;
}

void KeyCounter::used(WallTime now) {
    Hot& hot = hot_.mine();
    hot.requests.add();
    hot.last_used.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

KeyCounts KeyCounter::counts() const {
    KeyCounts counts;
    hot_.each([&](const Hot& hot) {
        if (hot.requests.value() == 0) return;
        counts.requests += hot.requests.value();
        const WallTime time{WallTime::duration{hot.last_used.load(std::memory_order_relaxed)}};
        counts.last_used = std::max(counts.last_used, std::optional(time));
    });
    return counts;
}

SourceCounter::SourceCounter(const Source& source) : name_(source.name), hot_([] { return std::make_unique<Hot>(); }) {}

SourceCounter::Destinations SourceCounter::set_destinations(const Source& source) {
    possible_rejections_ = possible_rejections(source);
    Destinations destinations;
    for (const Destination& destination : source.destinations) {
        const auto known = std::ranges::find(destinations_, destination.name, &DestinationCounter::name);
        auto& counter = known != destinations_.end()
                            ? **known
                            : *destinations_.emplace_back(std::make_unique<DestinationCounter>(destination));
        counter.set_possible(source, destination);
        destinations.push_back(&counter);
    }
    return destinations;
}

SourceCounter::Keys SourceCounter::set_keys(const std::vector<std::string>& keys) {
    present_keys_.clear();
    for (const auto& key : keys) {
        const auto known = std::ranges::find(keys_, key, &KeyCounter::key);
        present_keys_.push_back(known != keys_.end() ? known->get()
                                                     : keys_.emplace_back(std::make_unique<KeyCounter>(key)).get());
    }
    return present_keys_;
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

void SourceCounter::rejected(const Destinations& destinations, const ProcessedRequest& processed, Reason reason) {
    count_received(hot_.mine(), processed);
    rejected_.add(reason, processed.events);
    for (DestinationCounter* destination : destinations) destination->rejected(processed.events);
}

void SourceCounter::kept(const Destinations& destinations, const ProcessedRequest& processed) {
    count_received(hot_.mine(), processed);
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        destinations[i]->kept(processed.events, processed.outcomes[i]);
    }
}

SourceCounts SourceCounter::counts() const {
    SourceCounts counts;
    counts.source = name_;
    counts.rejected = rejected_.counts(possible_rejections_);
    hot_.each([&](const Hot& hot) {
        for (std::size_t type = 0; type < counts.received.size(); ++type) {
            counts.received[type] += hot.received[type].value();
        }
    });
    counts.destinations.reserve(destinations_.size());
    for (const auto& destination : destinations_) counts.destinations.push_back(destination->counts());
    for (const auto* key : present_keys_) counts.keys.push_back(key->counts());
    return counts;
}

Counters::Counters() : response_times_([] { return std::make_unique<stats::Histogram>(response_time_bounds); }) {}

std::tuple<SourceCounter*, SourceCounter::Destinations, SourceCounter::Keys> Counters::of(const Source& source) {
    const MutexLock lock(mutex_);
    const auto known = std::ranges::find(sources_, source.name, &SourceCounter::name);
    auto& counter = known != sources_.end() ? **known : *sources_.emplace_back(std::make_unique<SourceCounter>(source));
    return {&counter, counter.set_destinations(source), counter.set_keys(source.write_keys)};
}

void Counters::retire_keys() {
    const MutexLock lock(mutex_);
    for (const auto& source : sources_) source->set_keys({});
}

Counts Counters::counts() const {
    Counts all;
    all.rejected = without_source_.counts(possible_rejections_without_source());
    response_times_.each([&](const stats::Histogram& times) { all.response_times += times.times(); });
    const MutexLock lock(mutex_);
    all.sources.reserve(sources_.size());
    for (const auto& source : sources_) all.sources.push_back(source->counts());
    return all;
}

}  // namespace pintle::ingest
