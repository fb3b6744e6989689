#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "pintle/base/files.hpp"

namespace pintle::config {

struct YamlDocuments {
    YAML::Node first;                  // null in an empty file
    std::optional<YAML::Mark> second;  // where a second document begins
};

// The file's text. Throws std::system_error where it cannot be read, and another std::runtime_error where it is of
// another kind or over 4 MiB.
std::string read_yaml(const std::string& file, files::Kind kind);

// Reads no further than to the second document: yaml-cpp 0.7 finds documents without end in `%YAML 1.2.!!str x`.
// Throws YAML::Exception where the text is not YAML.
YamlDocuments parse_yaml(const std::string& text);

// The lines of a key at the left margin, after as many empty lines as precede them, from text that is not YAML as a
// whole. Empty where the text does not have the key; nothing where that is not certain.
std::optional<std::string> block_of_key(std::string_view text, std::string_view key);

}  // namespace pintle::config
