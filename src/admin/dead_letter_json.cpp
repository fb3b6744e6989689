#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

std::string dumped(const ordered_json& document) {
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// JSON is shown to the last digit as it was written; line ends, which stand only between its parts, become spaces.
std::string as_written(std::string_view text) {
    if (text.empty()) return "null";
    if (!ordered_json::accept(text)) return dumped(text);
    std::string line(text);
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

ordered_json time_of(WallTime time) {
    return time == WallTime{} ? ordered_json() : ordered_json(to_iso8601(time));
}

}  // namespace

std::string to_json(const journal::DeadLetter& letter) {
    auto line = dumped({
        {"id", letter.id},
        {"source", letter.source},
        {"destination", letter.destination},
        {"reason", letter.reason},
        {"attempts", letter.attempts},
        {"received_at", time_of(letter.received)},
        {"died_at", time_of(letter.died)},
    });
    line.pop_back();
    if (!letter.method.empty()) {
        auto request = dumped({{"method", letter.method}, {"path", letter.path}});
        request.pop_back();
        line.append(",\"request\":").append(request).append(",\"body\":").append(as_written(letter.body)).append("}");
    }
    if (letter.status != 0) {
        line.append(",\"answer\":").append(dumped({{"status", letter.status}, {"body", letter.answer}}));
    }
    return line.append(",\"event\":").append(as_written(letter.event)).append("}");
}

}  // namespace pintle::admin
