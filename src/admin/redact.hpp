#pragma once

#include <string>
#include <string_view>

#include "pintle/journal/journal.hpp"

// What `admin.redact` hides: the values that people's events carry. What kind of event it is stays, and so do keys.
namespace pintle::admin {

inline constexpr std::string_view redacted = "[redacted]";

// Text that is no JSON, is no object or is nested too deeply becomes the placeholder whole.
std::string redact_event(std::string_view json);
std::string redact_body(std::string_view json);    // of a request
std::string redact_path(std::string_view path);    // of a request: who it is about
std::string redact_reason(std::string_view text);  // what Customer.io said may repeat a value; its status stays
void redact_letter(journal::DeadLetter& letter);

}  // namespace pintle::admin
