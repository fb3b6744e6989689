#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::customerio {

// Appends the ULID by which Customer.io recognizes a repeated event, 26 characters: 48 bits of the event's time in
// milliseconds (0 if absent or negative) and the first 80 bits of the SHA-256 of the message id.
void write_dedupe_id(std::string_view message_id, std::optional<std::int64_t> seconds, std::string& out);

}  // namespace pintle::customerio
