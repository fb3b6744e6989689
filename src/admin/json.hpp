#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/stats/histogram.hpp"

// What all of the API's answers are written with.
namespace pintle::admin {

// In one line; what is no UTF-8 is replaced.
std::string dumped(const nlohmann::ordered_json& document);

// JSON to the last digit as it was written; line ends, which stand only between its parts, become spaces. Other text as
// a string; nothing as null.
std::string as_written(std::string_view text);

// The object `head`, with further members whose values are JSON text already.
class Extended {
public:
    explicit Extended(const nlohmann::ordered_json& head) : text_(dumped(head)) { text_.pop_back(); }

    void add(std::string_view key, std::string_view json) {
        text_.append(",\"").append(key).append("\":").append(json);
    }
    std::string text() && { return std::move(text_) + "}"; }

private:
    std::string text_;
};

nlohmann::ordered_json time_of(WallTime time);  // ISO 8601; the epoch is null
nlohmann::ordered_json times_of(const stats::HistogramSnapshot& times);

}  // namespace pintle::admin
