#include "admin/redact.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

// Of an event, at its top: they say nothing of the person.
constexpr std::array<std::string_view, 9> kept{"type",   "event",      "channel",           "messageId",   "timestamp",
                                               "sentAt", "receivedAt", "originalTimestamp", "integrations"};

void hide(ordered_json& value) {
    if (value.is_structured()) {
        for (auto& each : value) hide(each);
    } else if (value.is_string() || value.is_number()) {
        value = redacted;
    }
}

std::string in_one_line(const ordered_json& document) {
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

bool is_status(std::string_view reason) {
    return reason.size() > 3 && std::ranges::all_of(reason.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string redact_event(std::string_view json) {
    auto event = ordered_json::parse(json, nullptr, false);
    if (!event.is_object()) return json.empty() ? std::string{} : std::string(redacted);
    for (auto& [key, value] : event.items()) {
        if (std::ranges::find(kept, std::string_view(key)) == kept.end()) hide(value);
    }
    return in_one_line(event);
}

std::string redact_body(std::string_view json) {
    auto body = ordered_json::parse(json, nullptr, false);
    if (body.is_discarded()) return json.empty() ? std::string{} : std::string(redacted);
    hide(body);
    return in_one_line(body);
}

// Of /api/v1/customers/ID/devices/TOKEN both.
std::string redact_path(std::string_view path) {
    std::string out(path);
    for (const std::string_view before : {"/customers/", "/devices/"}) {
        const auto at = out.find(before);
        if (at == std::string::npos) continue;
        const auto begin = at + before.size();
        out.replace(begin, std::min(out.find('/', begin), out.size()) - begin, redacted);
    }
    return out;
}

std::string redact_reason(std::string_view text) {
    return std::string(is_status(text) ? text.substr(0, text.find(": ")) : text);
}

void redact_letter(journal::DeadLetter& letter) {
    letter.event = redact_event(letter.event);
    letter.path = redact_path(letter.path);
    letter.body = redact_body(letter.body);
    letter.reason = redact_reason(letter.reason);
    if (!letter.answer.empty()) letter.answer = redacted;
}

}  // namespace pintle::admin
