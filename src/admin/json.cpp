#include "json.hpp"

#include <algorithm>
#include <chrono>

#include "pintle/base/escape.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

double seconds(stats::Time time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

std::string dumped(const ordered_json& document) {
    return text::plain_json(document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::string as_written(std::string_view text) {
    if (text.empty()) return "null";
    if (!accepts_json(text)) return dumped(text);
    auto line = text::plain_json(std::string(text));
    std::ranges::replace(line, '\n', ' ');
    return line;
}

ordered_json time_of(WallTime time) {
    return time == WallTime{} ? ordered_json() : ordered_json(to_iso8601(time));
}

ordered_json times_of(const stats::HistogramSnapshot& times) {
    ordered_json document = {{"bounds", ordered_json::array()}, {"counts", ordered_json::array()}, {"sum", 0.0}};
    if (times.bounds == nullptr) return document;
    for (std::size_t i = 0; i < times.bounds->size; ++i) document["bounds"].push_back(seconds(times.bounds->times[i]));
    for (std::size_t i = 0; i <= times.bounds->size; ++i) document["counts"].push_back(times.counts[i]);
    document["sum"] = seconds(times.sum);
    return document;
}

}  // namespace pintle::admin
