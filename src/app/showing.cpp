// What happens to a destination's events, shown to who looks.
#include "app/runner.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

live::Sight sight_of(const record::Record& record, live::Outcome outcome, WallTime now) {
    live::Sight sight;
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
void Runner::show_accepted(std::span<const journal::Stored> records) {
    const auto now = wall_now();
    for (const auto& stored : records) {
        if (!feed_.wants(live::Outcome::accepted, now)) continue;
        if (const auto record = record::decode(stored.bytes))
            feed_.show(sight_of(*record, live::Outcome::accepted, now));
    }
}

// With the request that it would be by itself.
void Runner::show(live::Outcome outcome, std::string_view bytes, const delivery::Answer& answer,
                  std::optional<Reason> reason, std::string_view message, std::uint32_t attempts, WallTime now) {
    if (!feed_.wants(outcome, now)) return;
    const auto record = record::decode(bytes);
    if (!record) return;
    auto sight = sight_of(*record, outcome, now);
    sight.reason = reason;
    sight.message = message;
    sight.attempts = attempts;
    sight.status = answer.status;
    sight.answer = std::string_view(answer.body).substr(0, kept_answer);
    mapping::Mapped mapped;
    if (map(record->event, mapped)) {
        sight.method = mapped.request.method;
        sight.path = mapped.request.path;
        sight.body = mapped.request.body;
    }
    feed_.show(sight);
}

}  // namespace pintle::app
