#include "redact.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "pintle/customerio/semantic_event.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::admin {
namespace {

// Top-level members of an event that say nothing about the person.
constexpr std::array<std::string_view, 9> kept{"type",   "event",      "channel",           "messageId",   "timestamp",
                                               "sentAt", "receivedAt", "originalTimestamp", "integrations"};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool begins_number(char c) {
    return c == '-' || (c >= '0' && c <= '9');
}

// One past the end of the string whose opening quote is at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
    for (++at; json[at] != '"'; ++at) {
        if (json[at] == '\\') ++at;
    }
    return at + 1;
}

// Replaces each string and number of valid JSON by a placeholder and removes its white space. Member names stay, and so
// do the members of the outermost object whose names are in `shown`. One pass without recursion.
std::string hide(std::string_view json, std::span<const std::string_view> shown) {
    constexpr std::string_view number_characters = "+-.0123456789Ee";
    std::string out;
    std::size_t open = 0;
    bool stays = false;  // the current member of the outermost object
    std::size_t end = 0;
    for (std::size_t at = 0; at < json.size(); at = end) {
        const char c = json[at];
        end = at + 1;
        if (is_space(c)) continue;
        if (c == '"') {
            end = end_of_string(json, at);
        } else if (begins_number(c)) {
            end = std::min(json.find_first_not_of(number_characters, at), json.size());
        } else {
            if (c == '{' || c == '[') ++open;
            if (c == '}' || c == ']') --open;
            out += c;
            continue;
        }
        const std::string_view text = json.substr(at, end - at);
        const auto next = std::min(json.find_first_not_of(" \t\n\r", end), json.size());
        const bool is_name = next < json.size() && json[next] == ':';
        if (is_name && open == 1) stays = std::ranges::find(shown, text.substr(1, text.size() - 2)) != shown.end();
        if (is_name || stays) {
            out += text;
        } else {
            out.append("\"").append(redacted).append("\"");
        }
    }
    return out;
}

}  // namespace

std::string redact_event(std::string_view json) {
    if (json.empty()) return {};
    const auto first = json.find_first_not_of(" \t\n\r");
    const bool is_object = first != std::string_view::npos && json[first] == '{' && accepts_json(json);
    return is_object ? hide(json, kept) : std::string(redacted);
}

std::string redact_body(std::string_view json) {
    if (json.empty()) return {};
    return accepts_json(json) ? hide(json, {}) : std::string(redacted);
}

// /api/v1/customers/ID/devices/TOKEN has two: ID and TOKEN.
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

std::string redact_message(std::optional<Reason> reason, int status, const std::string& message) {
    if (status == 0 || !reason) return message;
    return std::string(customerio::not_done_part(message)).append(sentence(*reason));
}

void redact_letter(journal::DeadLetter& letter) {
    letter.event = redact_event(letter.event);
    letter.path = redact_path(letter.path);
    letter.body = redact_body(letter.body);
    letter.message = redact_message(letter.reason, letter.status, letter.message);
    if (!letter.answer.empty()) letter.answer = redacted;
}

}  // namespace pintle::admin
