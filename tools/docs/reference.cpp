#include "reference.hpp"

#include <algorithm>

#include "outline.hpp"
#include "words.hpp"

namespace pintle::docs {
namespace {

using config::Field;

std::string code(const std::string& text) {
    return text.empty() ? "" : '`' + text + '`';
}

// A fragment that goes on after a key, as a sentence.
std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 32);
    return text.empty() || text.ends_with('.') ? text : text + '.';
}

std::string row(const Part& part, bool variables) {
    const Field& field = part.fields[0];
    std::string text = "| `" + std::string(part.key) + "` | " + field.allowed + " | " +
                       (field.required ? "required" : code(yaml_of(field))) + " | " +
                       (field.at_start ? "restart" : "reload") + " | ";
    if (variables) text += code(std::string(field.variable)) + " | ";
    return text + std::string(field.help) + " |\n";
}

std::string table(const std::vector<Part>& parts) {
    if (parts.empty()) return {};
    const bool variables =
        std::ranges::any_of(parts, [](const Part& part) { return !part.fields[0].variable.empty(); });
    std::string text =
        variables ? "\n| key | values | default | changed by | variable | |\n| --- | --- | --- | --- | --- | --- |\n"
                  : "\n| key | values | default | changed by | |\n| --- | --- | --- | --- | --- |\n";
    for (const Part& part : parts) text += row(part, variables);
    return text;
}

// A heading, what it is about, its keys, and then the maps in it.
std::string section(std::span<const Field> fields, std::string_view below, const std::string& name,
                    std::string_view help, const std::string& marks) {
    std::string text = '\n' + marks + ' ' + name + "\n\n";
    for (const auto& line : wrapped(sentence(std::string(help)), page_width)) text += line + '\n';
    std::vector<Part> keys;
    std::vector<Part> inner;
    for (const Part& part : parts_of(fields, below)) (part.below.empty() ? keys : inner).push_back(part);
    text += table(keys);
    for (const Part& part : keys) {
        const Field& field = part.fields[0];
        if (field.shape != Field::Shape::maps) continue;
        const std::string path = name + '.' + std::string(part.key);
        text += section(field.item(), "", path, config::help_of_map(path), marks + '#');
    }
    for (const Part& part : inner) {
        const std::string path = name + '.' + std::string(part.key);
        text += section(part.fields, part.below, path, config::help_of_map(path), marks + '#');
    }
    return text;
}

std::string top_level(const Part& part) {
    const std::string key(part.key);
    if (!part.below.empty()) return section(part.fields, part.below, key, config::help_of_map(key), "##");
    const Field& field = part.fields[0];
    if (field.shape != Field::Shape::maps) return "\n## " + key + '\n' + table({part});
    return section(field.item(), "", key, field.help, "##");
}

}  // namespace

std::string reference_page() {
    std::string text = "# Configuration\n\n<!-- made by ./dev docs from src/config/fields.cpp -->\n\n";
    for (const auto& line :
         wrapped("`pintle serve --config FILE` reads it from a YAML file; "
                 "[config/pintle.yaml](../config/pintle.yaml) is one with every key and its default. All "
                 "keys may be left out, except the credentials.",
                 page_width))
        text += line + '\n';
    for (const auto& words : introduction()) {
        text += '\n';
        for (const auto& line : wrapped(words, page_width)) text += line + '\n';
    }
    config::Config config;
    const auto fields = config::fields_of(config);
    for (const Part& part : parts_of(fields)) text += top_level(part);
    return text;
}

}  // namespace pintle::docs
