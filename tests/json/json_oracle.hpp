#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace pintle::json {

// Whether `text` is one JSON object, as another JSON library sees it; nothing where that library differs from JSON's
// grammar, or the grammar from what it can hold.
inline std::optional<bool> is_json_object(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;  // ends the text for it
    if (text.starts_with("\xEF\xBB\xBF")) return false;           // skipped by it
    // Lone surrogates and numbers out of a double's range are valid JSON that it refuses.
    static const std::regex untellable(R"(\\u[dD][89a-fA-F]|[0-9][eE][+-]?[0-9]{3}|[0-9]{300})");
    if (std::regex_search(text.begin(), text.end(), untellable)) return std::nullopt;
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && text[start] == '{' && nlohmann::json::accept(text);
}

// Finds out whether an object in a JSON text has a name twice.
class DuplicateFinder : public nlohmann::json_sax<nlohmann::json> {
public:
    static bool has_duplicates(std::string_view text) {
        DuplicateFinder finder;
        nlohmann::json::sax_parse(text, &finder);
        return finder.found_;
    }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

    bool start_object(std::size_t) override {
        names_.emplace_back();
        return true;
    }
    bool end_object() override {
        names_.pop_back();
        return true;
    }
    bool key(string_t& name) override {
        found_ |= !names_.back().insert(name).second;
        return true;
    }

private:
    std::vector<std::set<std::string>> names_;
    bool found_ = false;
};

}  // namespace pintle::json
