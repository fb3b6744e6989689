#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fields.hpp"

// How the configuration is told to people, by the example and by the reference.
namespace pintle::docs {

// A key of a map of the file: one field, or a map of those below it.
struct Part {
    std::string_view key;    // "tls"
    std::string_view below;  // of a map, what its fields' paths begin with: "ingest.tls."; empty for a field
    std::span<const config::Field> fields;
};

// The parts of a map whose fields' paths begin with `below`, in their order.
std::vector<Part> parts_of(std::span<const config::Field> fields, std::string_view below = "");

// A field's value as it stands in the file.
std::string yaml_of(const config::Field& field);

// What holds for all keys, in paragraphs.
std::vector<std::string> introduction();

}  // namespace pintle::docs
