#include "date_conversion.hpp"

#include <algorithm>
#include <cstddef>

#include "iso8601.hpp"
#include "pintle/base/ascii.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {
namespace {

constexpr std::size_t date_size = 10;           // YYYY-MM-DD
constexpr std::size_t minute_size = 16;         // YYYY-MM-DDThh:mm
constexpr std::size_t max_fraction_digits = 9;  // nanoseconds

bool is_zone(std::string_view text) {
    if (text.empty() || text == "Z") return true;
    if (text.front() != '+' && text.front() != '-') return false;
    return text.size() == 5 || (text.size() == 6 && text[3] == ':');
}

// Whether a text that is ISO 8601 has one of the forms. Midnight is not the end of a day here.
bool has_form(std::string_view text) {
    if (text.size() == date_size) return true;
    if (text.size() < minute_size || text[date_size] != 'T' || text.substr(date_size + 1, 2) == "24") return false;
    text.remove_prefix(minute_size);
    if (text.starts_with(':')) {
        text.remove_prefix(std::min<std::size_t>(3, text.size()));
        if (text.starts_with('.')) {
            text.remove_prefix(1);
            const auto* const end = std::ranges::find_if_not(text, is_digit);
            const auto digits = static_cast<std::size_t>(end - text.begin());
            if (digits > max_fraction_digits) return false;
            text.remove_prefix(digits);
        }
    }
    return is_zone(text);
}

}  // namespace

std::optional<std::chrono::seconds> read_date(std::string_view text) {
    if (text.size() < date_size || !is_digit(text.front()) || !has_form(text)) return std::nullopt;
    const auto time = read_iso8601(text);
    return time ? std::optional(std::chrono::floor<std::chrono::seconds>(*time)) : std::nullopt;
}

// The depth of an event is limited, and with it that of the recursion.
void write_converted(json::Value value, std::string& out) {
    if (value.is(json::Kind::string)) {
        if (const auto date = read_date(value.text())) return json::write_number(date->count(), out);
    }
    if (!value.is(json::Kind::object)) return value.write(out);
    json::ObjectWriter object(out);
    for (json::Value member = value.first(); member; member = member.next()) {
        if (!member.overridden()) write_converted(member, object.member(member.raw_key()));
    }
    object.close();
}

}  // namespace pintle::customerio
