// Whatever an event or a request's body is, what is shown of it redacted is JSON with the same names and kinds of
// values in the same places, and none of its strings and numbers but what is meant to stay.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json.hpp"
#include "pintle/json/parse.hpp"
#include "redact.hpp"
#include "require.hpp"

namespace {

using namespace pintle;
using fuzz::require;
using nlohmann::json;

constexpr std::array<std::string_view, 9> stays{"type",   "event",      "channel",           "messageId",   "timestamp",
                                                "sentAt", "receivedAt", "originalTimestamp", "integrations"};

// What another library makes of `value`.
json hidden(const json& value) {
    if (value.is_string() || value.is_number()) return admin::redacted;
    if (!value.is_structured()) return value;
    json out = value;
    for (auto& each : out) each = hidden(each);
    return out;
}

// What the API shows of `text`.
json shown(const std::string& text) {
    const std::string line = admin::as_written(text);
    require(line.find_first_of("\r\n") == std::string::npos);
    const json document = parse_json(line);
    require(!document.is_discarded());
    return document;
}

void check_body(std::string_view text) {
    if (text.empty()) return;
    const json document = shown(admin::redact_body(text));
    require(document == (accepts_json(text) ? hidden(parse_json(text)) : json(admin::redacted)));
}

void check_event(std::string_view text) {
    if (text.empty()) return;
    const json document = shown(admin::redact_event(text));
    const json event = accepts_json(text) ? parse_json(text) : json();
    if (!event.is_object()) return require(document == json(admin::redacted));
    require(document.is_object() && document.size() == event.size());
    for (const auto& [name, value] : event.items()) {
        const json& seen = document.at(name);
        const bool may_stay = std::ranges::find(stays, std::string_view(name)) != stays.end();
        require(seen == hidden(value) || (may_stay && seen == value));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check_body(text);
    check_event(text);
    const json as_text = shown(std::string(text));
    require(text.empty() ? as_text.is_null() : accepts_json(text) ? as_text == parse_json(text) : as_text.is_string());

    const std::string path = "/api/v1/customers/" + std::string(text.substr(0, text.find('/')));
    require(admin::redact_path(path) == "/api/v1/customers/[redacted]");
    require(admin::redact_message(Reason::rejected_400, 400, std::string(text)) == sentence(Reason::rejected_400));
    return 0;
}
