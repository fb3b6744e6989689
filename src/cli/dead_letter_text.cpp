#include "dead_letter_text.hpp"

#include "json_text.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using text::shown;

constexpr std::size_t max_user_width = 60;  // in the list
constexpr std::size_t max_event_width = 40;
constexpr std::size_t max_message_width = 300;

// Splits indented JSON into lines.
std::string shown_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        out += shown(text.substr(0, end));
        if (end == std::string_view::npos) break;
        out += '\n';
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string name_of(std::string_view letter) {
    return shown_member(letter, "destination") + "/" + shown_member(letter, "id");
}

// Its type, and its name where it has one: `track Order Completed`.
std::string kind_of(std::string_view text) {
    json::Event event;
    if (!text.starts_with('{') || !event.parse(text)) return "-";
    std::string kind(event["type"].text());
    for (const auto member : {"event", "name"}) {
        if (event[member].text().empty()) continue;
        kind.append(kind.empty() ? "" : " ").append(event[member].text());
        break;
    }
    return kind.empty() ? "-" : shown(kind);
}

std::string user_of(std::string_view event) {
    json::Event parsed;
    if (!event.starts_with('{') || !parsed.parse(event)) return "-";
    const auto person = customerio::read_person(parsed);
    for (const auto name : {person.user_id, person.email, person.anonymous_id}) {
        if (!name.empty()) return shown(name);
    }
    return "-";
}

}  // namespace

DeadLetterTable::DeadLetterTable()
    : table_({{"LETTER"}, {"DEAD-LETTERED"}, {"ATTEMPTS"}, {"USER"}, {"EVENT"}, {"REASON"}, {"MESSAGE"}}) {}

std::string DeadLetterTable::lines(const std::vector<std::string>& letters) {
    std::vector<cli::terminal::Table::Row> rows;
    rows.reserve(letters.size());
    for (const auto& text : letters) {
        rows.push_back({name_of(text), shown_member(text, "dead_lettered_at"), shown_member(text, "attempts"),
                        text::cut_to(user_of(member_of(text, "event")), max_user_width),
                        text::cut_to(kind_of(member_of(text, "event")), max_event_width), shown_member(text, "reason"),
                        text::cut_to(shown_member(text, "message"), max_message_width)});
    }
    return table_.lines(rows);
}

std::string describe_letter(std::string_view text) {
    std::string out = name_of(text) + "\n";
    const auto add = [&](std::string_view name, const std::string& value) {
        out.append("  ").append(name).append(15 - name.size(), ' ').append(value).append("\n");
    };
    add("reason", shown_member(text, "reason"));
    add("message", shown_member(text, "message"));
    add("received", shown_member(text, "received_at"));
    add("dead-lettered", shown_member(text, "dead_lettered_at"));
    add("attempts", shown_member(text, "attempts"));
    add("source", shown_member(text, "source"));
    add("user", user_of(member_of(text, "event")));
    if (const auto response = member_of(text, "response"); !response.empty()) {
        add("response", shown_member(response, "status") + " " + shown_member(response, "body"));
    }
    if (const auto request = member_of(text, "request"); !request.empty()) {
        add("request", shown_member(request, "method") + " " + shown_member(request, "path"));
        add("", shown_lines(indented(member_of(request, "body"), 17)));
    }
    add("event", shown_lines(indented(member_of(text, "event"), 17)));
    return out;
}

}  // namespace pintle::cli
