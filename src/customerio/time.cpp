#include <chrono>
#include <cstdint>
#include <limits>

#include "iso8601.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"
#include "unix_time.hpp"

namespace pintle::customerio {

std::optional<std::chrono::milliseconds> read_time(json::Value value) {
    if (value.is(json::Kind::number)) return read_unix_time(value.raw());
    if (!value.is(json::Kind::string)) return std::nullopt;
    return read_time(value.text());
}

std::optional<std::chrono::milliseconds> read_time(std::string_view text) {
    if (const auto time = read_iso8601(text)) return time;
    // A numeric string is digits alone: an exponent is a number's way of writing.
    if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
    return read_unix_time(text);
}

}  // namespace pintle::customerio
