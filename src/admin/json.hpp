#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/stats/histogram.hpp"

// JSON of the API's responses.
namespace pintle::admin {

// In one line; invalid UTF-8 is replaced.
std::string dumped(const nlohmann::ordered_json& document);

// JSON text unchanged, to the last digit, except that its line breaks become spaces. Other text becomes a string, empty
// text null.
std::string as_written(std::string_view text);

// The object `head` with further members whose values are JSON text.
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
