#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/config/values.hpp"

// Every key of the configuration, once: its path, how its value is read and shown, where it goes, and what it does. The
// file, the environment, the checks, the example and the reference all work from these lists.
namespace pintle::config {

// Whether `pintle transform` needs the value too, or only a daemon that serves.
enum class Use : std::uint8_t { serving, mapping };

struct Field;
using Fields = std::vector<Field>;

// Where a field's value is, so that it can be held against the same field of another configuration.
struct FieldRef {
    void* at = nullptr;
    bool (*equal)(const void*, const void*) = nullptr;
    void (*assign)(void*, const void*) = nullptr;

    bool operator==(const FieldRef& other) const { return equal(at, other.at); }
    void take(const FieldRef& other) const { assign(at, other.at); }
};

struct Field {
    enum class Shape : std::uint8_t {
        value,
        list,
        value_or_list,  // of one value; an empty one is none
        maps,
    };

    std::string_view path;  // below its map: "retry.max_age"
    Shape shape = Shape::value;
    std::string_view help;  // what it does, in a line or two of Markdown that goes on after a key
    std::function<ValidationError(const std::string& text)> set;  // a value, or one more of a list's
    std::function<std::vector<std::string>()> show;               // a value, or each of a list's, as `set` reads it
    std::function<void()> clear;                                  // a list, before its first value
    std::function<Fields()> item;                                 // one more map of `maps`: its fields
    std::function<std::vector<Fields>()> items;                   // the maps that are there
    FieldRef target;                                              // none of `maps`
    std::string allowed;                                          // which values, for people
    bool bare = false;                                            // its text is a number or a flag in JSON

    Use use = Use::serving;
    std::string_view variable;  // of the environment, which wins over the file
    bool at_start = false;      // a running daemon keeps the value it began with
    bool required = false;      // there is no default
    bool secret = false;        // is not shown to anyone
};

// The fields write into what they were asked for, and may be used as long as it stays where it is.
Fields fields_of(Config& config);
Fields fields_of(Source& source);
Fields fields_of(Destination& destination);

// What the map at `path` is for: "ingest", "ingest.tls", "destinations.retry".
std::string_view help_of_map(std::string_view path);

}  // namespace pintle::config
