#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/events/event_stream.hpp"
#include "request_processor.hpp"

namespace pintle::ingest {

// Tells the feed, where there is one, what became of a request's events that do not go on. Of one request.
class OutcomeReporter {
public:
    OutcomeReporter(events::EventStream* feed, WallTime now) : feed_(feed), now_(now) {}

    bool looks_for(events::Outcome outcome) const noexcept {
        return feed_ != nullptr && feed_->should_record(outcome, now_);
    }

    // The whole request. `source` may be nobody: then its body is not shown, as anyone may have sent it.
    void rejected(const Source* source, std::string_view body, Reason reason) const;
    void dropped(const Source& source, const std::vector<Dropped>& dropped) const;
    void repeated(const Source& source, const Item& item) const;

    // A dead letter that is not on disk yet; it is shown by `committed`.
    void remember(const Item& item);
    void committed() const;

private:
    events::Observation sight(events::Outcome outcome, std::string_view source, std::string_view destination,
                              Reason reason) const;

    events::EventStream* feed_;
    WallTime now_;
    std::vector<std::pair<MessageHash, journal::DeadLetter>> letters_;
};

}  // namespace pintle::ingest
