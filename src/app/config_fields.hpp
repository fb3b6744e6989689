#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_values.hpp"

// Every key of the configuration, once: its path, how its value is read, and where it goes. The file, the environment
// and the checks all work from these lists.
namespace pintle::app {

// Whether `pintle transform` needs the value too, or only a daemon that serves.
enum class Use : std::uint8_t { serving, mapping };

struct Field;
using Fields = std::vector<Field>;

struct Field {
    enum class Shape : std::uint8_t { value, list, maps };

    std::string_view path;  // below its map: "retry.max_age"
    Shape shape;
    Use use;
    std::function<Complaint(const std::string& text)> set;  // a value, or one more of a list's
    std::function<void()> clear;                            // a list, before its first value
    std::function<Fields()> item;                           // one more map of `maps`: its fields
};

// The fields write into what they were asked for, and may be used as long as it stays where it is.
Fields fields_of(Config& config);
Fields fields_of(Source& source);
Fields fields_of(Destination& destination);

}  // namespace pintle::app
