#include "example.hpp"

#include <algorithm>

#include "outline.hpp"
#include "words.hpp"

namespace pintle::docs {
namespace {

using config::Field;

constexpr std::size_t comment_column = 36;

// What is in force where only the credentials are given.
config::Config defaults() {
    const auto credentials = [](const std::string& name) -> std::optional<std::string> {
        if (name == "PINTLE_WRITE_KEY" || name == "CUSTOMERIO_SITE_ID" || name == "CUSTOMERIO_API_KEY") return "set";
        return {};
    };
    return config::load_config("", config::Environment(credentials), config::Purpose::serve).config;
}

std::string value_of(const Field& field) {
    if (field.required) return "${" + field.variable + '}';
    return yaml_of(field);
}

std::string paragraph(std::string_view text) {
    std::string lines;
    for (const auto& line : wrapped(text, page_width - 2)) lines.append("# ").append(line).append("\n");
    return lines;
}

std::string with_comment(std::string line, std::string_view comment) {
    if (comment.empty()) return line + '\n';
    line.resize(std::max(comment_column, line.size() + 1), ' ');
    std::string lines;
    for (const auto& part : wrapped(comment, page_width - line.size() - 2)) {
        lines.append(line).append("# ").append(part).append("\n");
        line.assign(line.size(), ' ');
    }
    return lines;
}

// The keys of a map, each with what it does beside it. `name` is what help_of_map calls this map, with a dot, or "".
std::string map_of(std::span<const Field> fields, std::string_view below, const std::string& name, std::size_t depth) {
    const std::string indent(2 * depth, ' ');
    std::string text;
    for (const Part& part : parts_of(fields, below)) {
        const std::string key(part.key);
        if (part.below.empty()) {
            text += with_comment(indent + key + ": " + value_of(part.fields[0]), part.fields[0].help);
        } else {
            text += with_comment(indent + key + ':', config::help_of_map(name + key));
            text += map_of(part.fields, part.below, name + key + '.', depth + 1);
        }
    }
    return text;
}

std::string list_of(const Field& maps) {
    std::string text;
    for (const auto& fields : maps.items()) {
        std::string item = map_of(fields, "", std::string(maps.path) + '.', 2);
        item[2] = '-';
        text += item;
    }
    return text;
}

// What a key of the file itself is for stands above it.
std::string top_level(const Part& part) {
    const std::string key(part.key);
    const bool map = !part.below.empty();
    const Field& field = part.fields[0];
    std::string text = '\n' + paragraph(map ? config::help_of_map(key) : field.help) + key + ':';
    if (map) return text + '\n' + map_of(part.fields, part.below, key + '.', 1);
    if (field.shape == Field::Shape::maps) return text + '\n' + list_of(field);
    return text + ' ' + value_of(field) + '\n';
}

}  // namespace

std::string example_file() {
    std::string text = paragraph(
        "pintle's configuration: every key, with its default. All of them may be left out, except the credentials.");
    for (const auto& words : introduction()) text += "#\n" + paragraph(words);
    config::Config config = defaults();
    const auto fields = config::fields_of(config);
    for (const Part& part : parts_of(fields)) text += top_level(part);
    return text;
}

}  // namespace pintle::docs
