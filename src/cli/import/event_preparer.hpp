#pragma once

#include <string>

#include "import/line.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::cli::importer {

// Makes the events that are sent from lines. Pure; not thread-safe.
class EventPreparer {
public:
    // `identity` names the file; see Fingerprint.
    explicit EventPreparer(std::string identity) : identity_(std::move(identity)) {}

    // Overwrites `event` with the line's event, which keeps its time. An event without a messageId gets one that is the
    // same whenever this line of this file is sent. An error where the line is not a JSON object.
    Result<void> prepare(const Line& line, std::string& event);

    // Of the event that was prepared last.
    std::string message_id() const;

    // The event that was prepared last, which the next call overwrites.
    const json::Event& event() const noexcept { return event_; }

private:
    std::string identity_;
    json::Event event_;
};

}  // namespace pintle::cli::importer
