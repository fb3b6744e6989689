#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pintle/journal/journal.hpp"

// What `admin.redact` hides: the values that people's events carry. What kind of event it is stays, and so do keys.
namespace pintle::admin {

inline constexpr std::string_view redacted = "[redacted]";

// Text that is no JSON, is no object or is nested too deeply becomes the placeholder whole.
std::string redact_event(std::string_view json);
std::string redact_body(std::string_view json);  // of a request
std::string redact_path(std::string_view path);  // of a request: who it is about

// What Customer.io says may repeat a value; where it sent a `status`, the reason's own sentence takes its place.
std::string redact_message(std::optional<Reason> reason, int status, const std::string& message);
void redact_letter(journal::DeadLetter& letter);

}  // namespace pintle::admin
