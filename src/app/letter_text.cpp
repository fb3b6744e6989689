#include "app/letter_text.hpp"

#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "pintle/mapping/event.hpp"
#include "pintle/terminal/text.hpp"

namespace pintle::app {
namespace {

using nlohmann::json;
using terminal::shown;

std::string shown(const json& value) {
    if (value.is_null()) return "-";
    return shown(std::string_view(value.is_string() ? value.get<std::string>() : value.dump()));
}

// The lines of indented JSON each by themselves.
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

std::string name_of(const json& letter) {
    return shown(letter.at("destination")) + "/" + shown(letter.at("id"));
}

std::string user_of(std::string_view event) {
    mapping::Event parsed;
    if (!event.starts_with('{') || !parsed.parse(event)) return "-";
    const auto person = mapping::read_person(parsed);
    for (const auto name : {person.user_id, person.email, person.anonymous_id}) {
        if (!name.empty()) return shown(name);
    }
    return "-";
}

}  // namespace

LetterTable::LetterTable() : table_({{"LETTER"}, {"DIED"}, {"ATTEMPTS"}, {"USER"}, {"REASON"}}) {}

std::string LetterTable::lines(const std::vector<std::string>& letters) {
    std::vector<terminal::Table::Row> rows;
    for (const auto& text : letters) {
        const auto letter = json::parse(text);
        rows.push_back({name_of(letter), shown(letter.at("died_at")), shown(letter.at("attempts")),
                        user_of(member_of(text, "event")), shown(letter.at("reason"))});
    }
    return table_.lines(rows);
}

std::string describe_letter(std::string_view text) {
    const auto letter = json::parse(text);
    std::string out = name_of(letter) + "\n";
    const auto add = [&](std::string_view name, const std::string& value) {
        out.append("  ").append(name).append(10 - name.size(), ' ').append(value).append("\n");
    };
    add("reason", shown(letter.at("reason")));
    add("received", shown(letter.at("received_at")));
    add("died", shown(letter.at("died_at")));
    add("attempts", shown(letter.at("attempts")));
    add("source", shown(letter.at("source")));
    add("user", user_of(member_of(text, "event")));
    if (const auto answer = letter.find("answer"); answer != letter.end()) {
        add("answer", shown(answer->at("status")) + " " + shown(answer->at("body")));
    }
    if (const auto request = letter.find("request"); request != letter.end()) {
        add("request", shown(request->at("method")) + " " + shown(request->at("path")));
        add("", shown_lines(indented(member_of(member_of(text, "request"), "body"), 12)));
    }
    add("event", shown_lines(indented(member_of(text, "event"), 12)));
    return out;
}

}  // namespace pintle::app
