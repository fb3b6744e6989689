#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/reason.hpp"
#include "pintle/config/config.hpp"
#include "pintle/customerio/event_filter.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::daemon {

// Maps events to JSON text in one line: the request to the destination, or the reason why there is none.
// Not thread-safe: its buffers are reused.
class Transformer {
public:
    explicit Transformer(const config::Destination& destination);

    // Appends to `out`. Returns why the event has no request.
    std::optional<Reason> operator()(std::string_view event, std::string& out);

private:
    std::string host_;  // as JSON
    customerio::EventFilter events_;
    customerio::Mapper mapper_;
    json::Event event_;
    customerio::Mapped mapped_;
};

}  // namespace pintle::daemon
