#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "dead_letter_filter.hpp"
#include "json.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/base/base64.hpp"
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

// A text of a letter that may hold any bytes.
struct ByteText {
    std::string_view name;
    std::string journal::DeadLetter::* text;
    bool is_json = false;  // it is written by `as_written`
};

constexpr std::array byte_texts{
    ByteText{"message", &journal::DeadLetter::message}, ByteText{"path", &journal::DeadLetter::path},
    ByteText{"body", &journal::DeadLetter::body, true}, ByteText{"response_body", &journal::DeadLetter::response_body},
    ByteText{"event", &journal::DeadLetter::event, true}};

// What a reader gets for a text that was written as JSON: bytes that are not UTF-8 are replaced there.
std::string read_back(std::string_view text, bool is_json) {
    return is_json ? written_text(as_written(text)) : json::text_of(dumped(text));
}

// The texts that are not read back byte for byte, in Base64; null if there is none.
nlohmann::ordered_json inexact_texts(const journal::DeadLetter& letter) {
    nlohmann::ordered_json texts;
    for (const auto& [name, text, is_json] : byte_texts) {
        const std::string& bytes = letter.*text;
        if (read_back(bytes, is_json) != bytes) texts[std::string(name)] = base64_encode(bytes);
    }
    return texts;
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

    // Leaves `out` unchanged where the member is missing.
    void bytes(std::string_view object, std::string_view name, std::string& out) {
        const auto written = text(object, name);
        if (written.empty()) return;
        auto read = base64_decode(written, written.size());
        if (!read) return fail("base64." + std::string(name), "is not Base64");
        out = std::move(*read);
    }

    void fail(std::string_view name, std::string_view what) {
        if (problem.empty()) problem = std::string(name) + ": " + std::string(what);
    }

    std::string problem;
};

}  // namespace

std::string to_json(const journal::DeadLetter& letter) {
    Extended line({
        {"letter", name_of(letter)},
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
    if (const auto texts = inexact_texts(letter); !texts.is_null()) line.add("base64", dumped(texts));
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
    const auto base64 = json::member_of(json, "base64");
    for (const auto& [name, text, is_json] : byte_texts) reader.bytes(base64, name, letter.*text);
    if (!reader.problem.empty()) return ApiError{400, reader.problem};
    return letter;
}

}  // namespace pintle::admin
