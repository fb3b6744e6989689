#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pintle/journal/journal.hpp"

// Hides the values of events (`admin.redact`). Keys and the kind of the event stay.
namespace pintle::admin {

inline constexpr std::string_view redacted = "[redacted]";

// Text that is not a JSON object or is nested too deeply is replaced as a whole.
std::string redact_event(std::string_view json);
std::string redact_body(std::string_view json);  // of a request
std::string redact_path(std::string_view path);  // of a request: hides the person

// A message of Customer.io may repeat a value: with a `status` it is replaced by the reason's sentence. What
// a semantic event has not done stays.
std::string redact_message(std::optional<Reason> reason, int status, const std::string& message);
void redact_letter(journal::DeadLetter& letter);

}  // namespace pintle::admin
