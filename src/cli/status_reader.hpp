#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "pintle/admin/status.hpp"

namespace pintle::cli {

// The status in a response to GET /api/status, without what only the metrics need. All text in it is fit for a
// terminal. A member that is missing or of another type is as in an empty status; nothing where the text is no status
// at all.
std::optional<admin::Status> read_status(std::string_view json);

// A pause as the API has it. A member that is missing is empty.
admin::PauseStatus read_pause(const nlohmann::json& document);

// `(operator) by deploy since 2026-11-24T02:45:00.000Z: maintenance`
std::string describe_pause(const admin::PauseStatus& pause);

// Why nothing is sent to the destination but probes: `customerio is paused (...) ...`, `customerio: circuit breaker
// open ...`. Empty where events are sent.
std::vector<std::string> why_not_sent(const admin::DestinationStatus& destination);

// Whether nothing is known of a stream's owner now, as it has written nothing for long.
bool is_owner_silent(const journal::ClusterStream& stream, WallTime now);

// Why the daemon is not healthy, for people; empty where it accepts events and delivers them.
std::string trouble_of(const admin::Status& status);

// A request to the destination has been in flight for a second or longer.
bool has_slow_request(const admin::DestinationStatus& destination);

std::string state_of(const admin::DestinationStatus& destination);  // paused, circuit_breaker_open, idle, delivering
std::string state_in_words(const admin::DestinationStatus& destination);

}  // namespace pintle::cli
