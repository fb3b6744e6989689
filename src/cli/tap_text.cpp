#include "tap_text.hpp"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;

constexpr std::size_t max_width = 40;  // of a user or a name
constexpr std::size_t max_message_width = 300;
constexpr std::size_t uuid_width = 36;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> outcomes{{
    {"accepted", "\x1b[36m"},     // cyan
    {"delivered", "\x1b[32m"},    // green
    {"retried", "\x1b[33m"},      // yellow
    {"dead_letter", "\x1b[31m"},  // red
    {"dropped", "\x1b[2m"},       // faint
    {"rejected", "\x1b[31m"},
}};

std::string text(const json& event, const char* key) {
    const auto found = event.find(key);
    if (found == event.end() || found->is_null()) return "-";
    const auto value = text::shown(found->is_string() ? found->get<std::string>()
                                                      : found->dump(-1, ' ', false, json::error_handler_t::replace));
    return value.empty() ? "-" : value;
}

std::string message_id(const json& shown) {
    const auto event = shown.find("event");
    return event != shown.end() && event->is_object() ? text(*event, "messageId") : "-";
}

}  // namespace

TapLines::TapLines(bool colours, std::size_t width)
    : colours_(colours),
      width_(width),
      table_({{"TIME"},
              {"OUTCOME"},
              {"TYPE"},
              {"USER"},
              {"NAME"},
              {"DESTINATION"},
              {"REASON"},
              {"MESSAGE ID"},
              {"MESSAGE"}}) {
    // Usual widths, so that the first lines align with later ones.
    table_.lines({{"2026-01-01T00:00:00.000Z", "dead_letter", "identify", std::string(20, ' '), std::string(20, ' '),
                   "", std::string(18, ' '), std::string(uuid_width, ' '), ""}});
}

std::string TapLines::cut(std::string line) const {
    if (width_ == 0) return line;
    if (line.ends_with('\n')) line.pop_back();
    return text::cut_to(line, width_) + "\n";
}

std::string TapLines::line(std::string_view event_text) {
    const auto event = parse_json(event_text);
    if (!event.is_object()) return text::shown(event_text) + "\n";
    const auto time = text(event, "time");
    const auto outcome = text(event, "outcome");
    auto line = cut(table_.lines(
        {{time, outcome, text(event, "type"), text::cut_to(text(event, "user"), max_width),
          text::cut_to(text(event, "name"), max_width), text(event, "destination"), text(event, "reason"),
          text::cut_to(message_id(event), max_width), text::cut_to(text(event, "message"), max_message_width)}}));
    if (!colours_) return line;
    for (const auto& [name, colour] : outcomes) {
        if (outcome != name) continue;
        const auto at = line.find(outcome, time.size());
        if (at == std::string::npos) break;  // it is cut off
        line.insert(at + outcome.size(), "\x1b[0m").insert(at, colour);
    }
    return line;
}

}  // namespace pintle::cli
