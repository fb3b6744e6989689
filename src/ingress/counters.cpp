#include "ingress/counters.hpp"

#include "ingress/refusals.hpp"

namespace pintle::ingress {

Counters::Rare::Rare(const Source& source)
    : name(source.name), destination(source.destination), dead(reasons), refused(reasons) {}

Counters::Counters(const std::vector<Source>& sources)
    : strangers_(reasons), threads_([&] { return std::make_unique<Thread>(sources.size()); }) {
    for (const Source& source : sources) sources_.push_back(std::make_unique<Rare>(source));
}

// Events that were not looked at, as another of their request spoiled it, are of no known type.
void Counters::count_received(Hot& source, const Taken& taken) {
    std::size_t unknown = taken.events;
    for (std::size_t type = 0; type < taken.types.size(); ++type) {
        source.received[type].add(taken.types[type]);
        unknown -= taken.types[type];
    }
    source.received.back().add(unknown);
}

void Counters::refused(std::size_t source, const Taken& taken, std::string_view reason) {
    count_received(threads_.mine().sources[source], taken);
    sources_[source]->refused.add(reason, taken.events);
}

void Counters::kept(std::size_t source, const Taken& taken, const Kept& kept) {
    Hot& hot = threads_.mine().sources[source];
    count_received(hot, taken);
    hot.accepted.add(kept.records);
    hot.duplicate.add(kept.duplicates);
    hot.integration_disabled.add(taken.integration_disabled);
    hot.consent_denied.add(taken.consent_denied);
    for (const auto reason : kept.letters) sources_[source]->dead.add(reason);
}

Counts Counters::counts() const {
    Counts all;
    all.refused = strangers_.counts();
    for (const auto& source : sources_) {
        auto& counts = all.sources.emplace_back();
        counts.source = source->name;
        counts.destination = source->destination;
        counts.dead = source->dead.counts();
        counts.refused = source->refused.counts();
    }
    threads_.each([&](const Thread& thread) {
        all.answers += thread.answers.times();
        for (std::size_t i = 0; i < all.sources.size(); ++i) {
            auto& counts = all.sources[i];
            const Hot& hot = thread.sources[i];
            for (std::size_t type = 0; type < counts.received.size(); ++type) {
                counts.received[type] += hot.received[type].value();
            }
            counts.accepted += hot.accepted.value();
            counts.duplicate += hot.duplicate.value();
            counts.integration_disabled += hot.integration_disabled.value();
            counts.consent_denied += hot.consent_denied.value();
        }
    });
    return all;
}

}  // namespace pintle::ingress
