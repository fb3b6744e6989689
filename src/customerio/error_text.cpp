#include "error_text.hpp"

#include <cstddef>

#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

constexpr std::size_t max_length = 200;
constexpr std::size_t max_item_json = 16'384;

const json* member(const json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

void add(std::string& text, std::string_view separator, const json* part) {
    if (part == nullptr || !part->is_string()) return;
    const auto& added = part->get_ref<const std::string&>();
    if (added.empty()) return;
    if (!text.empty()) text.append(separator);
    text.append(added);
}

// A string, or {reason, field, message}.
void add_error(std::string& text, const json& error) {
    if (error.is_string()) return add(text, "; ", &error);
    std::string one;
    for (const char* name : {"reason", "field", "message"}) add(one, ": ", member(error, name));
    const json whole = one;
    if (!one.empty()) add(text, "; ", &whole);
}

void add_errors(std::string& text, const json* errors) {
    if (errors == nullptr) return;
    if (!errors->is_array()) return add_error(text, *errors);
    for (const json& error : *errors) {
        if (text.size() > max_length) return;
        add_error(text, error);
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace

std::string error_text(std::string_view body) {
    const std::string_view plain = trimmed(body);
    const json parsed = parse_json(plain);
    if (parsed.is_discarded()) return plain.starts_with('<') ? std::string() : printable(plain);
    std::string text;
    if (const json* meta = member(parsed, "meta")) {
        add_errors(text, member(*meta, "error"));
        add_errors(text, member(*meta, "errors"));
    }
    for (const char* name : {"errors", "error", "message"}) add_errors(text, member(parsed, name));
    if (text.empty() && plain != "{}") text = plain;
    return printable(text);
}

std::optional<std::vector<ItemError>> read_item_errors(std::string_view body) {
    const json parsed = parse_json(body);
    if (!parsed.is_object()) return std::nullopt;
    std::vector<ItemError> found;
    const json* errors = member(parsed, "errors");
    if (errors == nullptr || errors->empty()) return found;
    const auto read = [&](const json& error) {
        ItemError& item = found.emplace_back();
        const json* index = member(error, "batch_index");
        if (index != nullptr && index->is_number_unsigned()) item.index = index->get<std::size_t>();
        add_error(item.reason, error);
        item.reason = printable(item.reason);
        item.json = error.dump(-1, ' ', false, json::error_handler_t::replace);
        if (item.json.size() > max_item_json) item.json.resize(max_item_json);
    };
    if (errors->is_array()) {
        for (const json& error : *errors) read(error);
    } else {
        read(*errors);
    }
    return found;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto character = text::first_character(text);
        const bool is_control = character.is_utf8 && text::is_control(character.code);
        const auto shown = !character.is_utf8 ? std::string_view("?") : text.substr(0, character.size);
        if (out.size() + shown.size() > max_length) break;
        out.append(is_control ? " " : shown);
        text.remove_prefix(character.size);
    }
    return out;
}

}  // namespace pintle::customerio
