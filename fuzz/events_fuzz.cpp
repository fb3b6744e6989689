// Whatever stands in what happened to an event, the event stream sends it as one frame of one line of JSON, which its
// reader gets back; and the reader takes any bytes in any pieces as it takes them whole.
//
// The input: what the fields of an event record hold, each behind a byte 0xFF.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event_json.hpp"
#include "pintle/json/parse.hpp"
#include "require.hpp"
#include "sse_reader.hpp"
#include "tap_text.hpp"

namespace {

using namespace pintle;
using cli::ServerSent;
using cli::SseReader;
using fuzz::require;

std::string take_field(std::string_view& text) {
    const auto end = std::min(text.find('\xff'), text.size());
    std::string field(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return field;
}

events::EventRecord event_record_of(std::string_view text) {
    events::EventRecord record;
    record.number = text.size();
    record.outcome = static_cast<events::Outcome>(text.size() % events::outcomes.size());
    for (std::string* field :
         {&record.event, &record.body, &record.response_body, &record.message, &record.user, &record.name, &record.type,
          &record.source, &record.destination, &record.path, &record.method}) {
        *field = take_field(text);
    }
    record.status = record.response_body.empty() ? 0 : 400;
    return record;
}

std::vector<ServerSent> read(std::string_view text, std::size_t step) {
    SseReader reader;
    std::vector<ServerSent> events;
    while (!text.empty()) {
        const auto piece = text.substr(0, step);
        for (auto& event : reader.read(piece)) events.push_back(std::move(event));
        text.remove_prefix(piece.size());
    }
    return events;
}

void check_frame(const events::EventRecord& record, bool redact) {
    const std::string line = admin::to_json(record, redact);
    require(line.find_first_of("\r\n") == std::string::npos);
    const auto document = parse_json(line);
    require(document.is_object() && document.at("seq") == record.number && document.contains("event"));
    require(document.contains("request") == !record.method.empty());

    std::string stream;
    admin::append_frame("event", line, stream);
    admin::append_frame("skipped", "{}", stream);
    const std::vector<ServerSent> expected{{"event", line}, {"skipped", "{}"}};
    for (const std::size_t step : {1UL, 7UL, stream.size()}) require(read(stream, step) == expected);

    const std::string shown = cli::TapLines(false).line(line);
    require(std::ranges::count(shown, '\n') == 1);
    require(std::ranges::none_of(shown, [](char c) { return c != '\n' && static_cast<unsigned char>(c) < 0x20; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto record = event_record_of(text);
    for (const bool redact : {false, true}) check_frame(record, redact);
    const auto whole = read(text, std::max<std::size_t>(text.size(), 1));
    for (const std::size_t step : {1U, 3U}) require(read(text, step) == whole);
    cli::TapLines lines(true);
    require(!lines.line(text).empty());
    return 0;
}
