#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "pintle/config/values.hpp"

// Every key of the configuration: its path, how its value is read and shown, where it is stored, and its help. The
// file, the environment, the checks, the example and the reference are all driven by these lists.
namespace pintle::config {

// Who needs the value: only the daemon (serving), also `pintle transform` (mapping), or also the commands that ask the
// daemon (locating).
enum class Use : std::uint8_t { serving, mapping, locating };

struct Field;
using Fields = std::vector<Field>;

// A field's value, to be compared with the same field of another configuration.
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
        value_or_list,  // an empty value is an empty list
        settings,       // a map of any names and values, each set and shown as `name=value`
        maps,
    };

    std::string path;  // relative to its map: "retry.max_age"
    Shape shape = Shape::value;
    std::string_view help;  // what it does: one or two lines of Markdown that follow the key
    std::function<ValidationError(const std::string& text)> set;  // sets a value, or appends to a list
    std::function<std::vector<std::string>()> show;  // the value, or each value of a list, as `set` reads it
    std::function<void()> clear;                     // empties a list
    std::function<Fields()> item;                    // appends a map; returns its fields
    std::function<std::vector<Fields>()> items;      // the existing maps
    FieldRef target;                                 // not set for sources and destinations
    std::string allowed;                             // the allowed values, for people
    std::function<nlohmann::ordered_json()> schema;  // of a value, or of each value of a list; not set for maps
    bool bare = false;                               // its text is a number or a boolean in JSON
    bool free_text = false;                          // its schema takes `${VAR}` as it is

    Use use = Use::serving;
    std::string variable;            // the environment variable, which overrides the file; empty: none
    std::string named_variable;      // the one that the key names, which `variable` is unless it has a name of its own
    bool at_start = false;           // cannot change while the daemon runs
    bool presence_at_start = false;  // only whether there is a value cannot change while the daemon runs
    bool required = false;           // there is no default
    bool secret = false;             // is never shown
};

// Whether the variable holds a list, with commas. A secret is always one value, as it may contain a comma.
bool is_list_in_variable(const Field& field);

// The fields refer to the argument, which must outlive them at the same address.
Fields fields_of(Config& config);
Fields fields_of(Source& source);
Fields fields_of(Destination& destination);
Fields fields_of(ConsentEntry& entry);
Fields fields_of(customerio::EventPattern& pattern);
Fields fields_of(AdminToken& token);

// What the map at `path` is for: "ingest", "ingest.tls", "destinations.retry".
std::string_view help_of_map(std::string_view path);

}  // namespace pintle::config
