#include "app/letter_text.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "pintle/mapping/event.hpp"

namespace pintle::app {
namespace {

using nlohmann::json;

// Without control characters, U+0080 to U+009F among them.
std::string shown(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool second_set = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (second_set) ++i;
        out += second_set || byte < 0x20 || byte == 0x7f ? '?' : text[i];
    }
    return out;
}

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

const std::vector<std::string> titles{"LETTER", "DIED", "ATTEMPTS", "USER", "REASON"};

// In characters, of which each takes one place: what people use for names nearly always does.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

}  // namespace

void LetterTable::make_room(const Row& row) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width_of(row[i]));
}

std::string LetterTable::line(const Row& row) const {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        out += row[i];
        if (i + 1 < row.size()) out.append(widths_[i] - width_of(row[i]) + 2, ' ');
    }
    return out + "\n";
}

LetterTable::LetterTable() {
    make_room(titles);
}

std::string LetterTable::header() const {
    return line(titles);
}

std::string LetterTable::lines(const std::vector<std::string>& letters) {
    std::vector<Row> rows;
    for (const auto& text : letters) {
        const auto letter = json::parse(text);
        rows.push_back({name_of(letter), shown(letter.at("died_at")), shown(letter.at("attempts")),
                        user_of(member_of(text, "event")), shown(letter.at("reason"))});
        make_room(rows.back());
    }
    std::string out;
    for (const auto& row : rows) out += line(row);
    return out;
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
