#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

#include "pintle/base/files.hpp"

namespace pintle::config {

struct YamlDocuments {
    YAML::Node first;                  // null in an empty file
    std::optional<YAML::Mark> second;  // where a second document begins
};

// Reads no further than to the second document: yaml-cpp 0.7 finds documents without end in `%YAML 1.2.!!str x`.
// Throws std::system_error where the file cannot be read, YAML::Exception where it is not YAML, and another
// std::runtime_error where it is of another kind or over 4 MiB.
YamlDocuments read_yaml_documents(const std::string& file, files::Kind kind);

}  // namespace pintle::config
