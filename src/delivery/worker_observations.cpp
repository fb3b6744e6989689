// What happens to a destination's events, shown to who looks.
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/delivery/destination_worker.hpp"

namespace pintle::delivery {
namespace {

events::Observation sight_of(const journal::Record& record, events::Outcome outcome, WallTime now) {
    events::Observation sight;
    sight.outcome = outcome;
    sight.time = now;
    sight.received = record.received;
    sight.message_id = record.message;
    sight.source = record.source;
    sight.destination = record.destination;
    sight.event = record.event;
    return sight;
}

}  // namespace

// On the commit thread, before their senders have their answers.
void DestinationWorker::record_accepted(std::span<const journal::StoredRecord> records) {
    const auto now = wall_now();
    for (const auto& stored : records) {
        if (!events_.should_record(events::Outcome::accepted, now)) continue;
        if (const auto record = journal::decode(stored.bytes))
            events_.record(sight_of(*record, events::Outcome::accepted, now));
    }
}

// With the request that it would be by itself.
void DestinationWorker::record_observation(events::Outcome outcome, std::string_view bytes,
                                           const HttpResponse& response, std::optional<Reason> reason,
                                           std::string_view message, std::uint32_t attempts, WallTime now) {
    if (!events_.should_record(outcome, now)) return;
    const auto record = journal::decode(bytes);
    if (!record) return;
    auto sight = sight_of(*record, outcome, now);
    sight.reason = reason;
    sight.message = message;
    sight.attempts = attempts;
    sight.status = response.status;
    sight.answer = std::string_view(response.body).substr(0, kept_answer);
    customerio::Mapped mapped;
    if (map(record->event, mapped)) {
        sight.method = mapped.request.method;
        sight.path = mapped.request.path;
        sight.body = mapped.request.body;
    }
    events_.record(sight);
}

}  // namespace pintle::delivery
