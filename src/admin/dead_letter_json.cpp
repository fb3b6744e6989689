#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "json.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/json/raw_text.hpp"

namespace pintle::admin {
namespace {

bool is_null(std::string_view json) {
    return json.empty() || json == "null";
}

bool is_string(std::string_view json) {
    return json.starts_with('"');
}

// What `as_written` was given.
std::string written_text(std::string_view json) {
    if (is_null(json)) return {};
    return is_string(json) ? json::text_of(json) : std::string(json);
}

// Reads the members of a letter, and remembers the first that is not what it should be.
class LetterReader {
public:
    std::string text(std::string_view object, std::string_view name, bool is_required = false) {
        const auto value = json::member_of(object, name);
        if (is_null(value)) {
            if (is_required) fail(name, "is missing");
            return {};
        }
        if (!is_string(value)) fail(name, "is not a string");
        return json::text_of(value);
    }

    template <class Number>
    Number number(std::string_view object, std::string_view name) {
        const auto value = json::member_of(object, name);
        if (is_null(value)) return 0;
        const auto read = read_unsigned(parse_json(value));
        if (!read || *read > std::numeric_limits<Number>::max()) fail(name, "is not a whole number");
        return static_cast<Number>(read.value_or(0));
    }

    WallTime time(std::string_view object, std::string_view name) {
        const auto written = text(object, name);
        if (written.empty()) return {};
        const auto read = customerio::read_time(written);
        if (!read) fail(name, "is not an ISO 8601 time");
        return WallTime(read.value_or(WallTime::duration{}));
    }

    void fail(std::string_view name, std::string_view what) {
        if (problem.empty()) problem = std::string(name) + ": " + std::string(what);
    }

    std::string problem;
};

}  // namespace

std::string to_json(const journal::DeadLetter& letter) {
    Extended line({
        {"id", letter.id},
        {"source", letter.source},
        {"destination", letter.destination},
        {"reason", code(letter.reason)},
        {"message", letter.message},
        {"attempts", letter.attempts},
        {"received_at", time_of(letter.received)},
        {"dead_lettered_at", time_of(letter.dead_lettered_at)},
    });
    if (!letter.method.empty()) {
        Extended request({{"method", letter.method}, {"path", letter.path}});
        request.add("body", as_written(letter.body));
        line.add("request", std::move(request).text());
    }
    if (letter.status != 0) line.add("response", dumped({{"status", letter.status}, {"body", letter.response_body}}));
    line.add("event", as_written(letter.event));
    return std::move(line).text();
}

ApiResult<journal::DeadLetter> letter_of(std::string_view json) {
    if (!accepts_json(json) || !json::first_value(json).starts_with('{'))
        return ApiError{400, "is not a dead letter as JSON"};
    LetterReader reader;
    journal::DeadLetter letter;
    letter.source = reader.text(json, "source");
    letter.destination = reader.text(json, "destination", true);
    const auto reason = find_reason(reader.text(json, "reason", true));
    if (!reason) reader.fail("reason", "is not a reason code");
    letter.reason = reason.value_or(Reason::unknown);
    letter.message = reader.text(json, "message");
    letter.attempts = reader.number<std::uint32_t>(json, "attempts");
    letter.received = reader.time(json, "received_at");
    letter.dead_lettered_at = reader.time(json, "dead_lettered_at");
    const auto request = json::member_of(json, "request");
    letter.method = reader.text(request, "method");
    letter.path = reader.text(request, "path");
    letter.body = written_text(json::member_of(request, "body"));
    const auto response = json::member_of(json, "response");
    letter.status = reader.number<std::uint16_t>(response, "status");
    letter.response_body = reader.text(response, "body");
    const auto event = json::member_of(json, "event");
    if (event.empty()) reader.fail("event", "is missing");
    letter.event = written_text(event);
    if (!reader.problem.empty()) return ApiError{400, reader.problem};
    return letter;
}

}  // namespace pintle::admin
