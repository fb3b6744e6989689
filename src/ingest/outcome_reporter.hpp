#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/events/event_stream.hpp"
#include "request_processor.hpp"

namespace pintle::ingest {

// Reports the events of one request that are rejected or dropped to the event stream, if there is one. Dead letters
// are reported by their destination's worker, once they are on disk.
class OutcomeReporter {
public:
    OutcomeReporter(events::EventStream* event_stream, WallTime now) : event_stream_(event_stream), now_(now) {}

    bool should_report(events::Outcome outcome) const noexcept {
        return event_stream_ != nullptr && event_stream_->should_record(outcome, now_);
    }

    // The whole request, because of one of the source's destinations or of none in particular. `type` is its route's.
    void rejected(const Source& source, const Destination* destination, std::string_view type, std::string_view body,
                  Reason reason) const;
    // A request without a source. Its body is not shown, as anyone may have sent it.
    void rejected(Reason reason) const;
    void dropped(const Source& source, const std::vector<Dropped>& dropped) const;
    void duplicate(const Source& source, const Item& item) const;

private:
    events::Observation observe(events::Outcome outcome, std::string_view source, std::string_view destination,
                                Reason reason) const;

    events::EventStream* event_stream_;
    WallTime now_;
};

}  // namespace pintle::ingest
