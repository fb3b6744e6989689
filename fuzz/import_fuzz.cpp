// Whatever a file's lines are, each is an event that is ready to be sent, and stays as it is when it is prepared again,
// or is rejected with a reason. What stands where progress should be, and what answers in a daemon's place, is taken
// for what it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "import/batch.hpp"
#include "import/event_preparer.hpp"
#include "import/progress.hpp"
#include "import/response.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"
#include "pintle/json/tokens.hpp"
#include "require.hpp"

namespace {

using namespace pintle;
using namespace pintle::cli::importer;
using fuzz::require;

void check_event(const std::string& event) {
    json::Event parsed;
    require(parsed.parse(event).has_value());
    require(customerio::read_identifier(parsed["messageId"]).has_value());
    EventPreparer again("another");
    Line line;
    line.text = event;
    std::string same;
    require(again.prepare(line, same).has_value() && same == event);
}

void check_lines(std::string_view text) {
    EventPreparer preparing("a file");
    ImportBatch batch({});
    std::size_t lines = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        Line line;
        line.text = text.substr(0, end);
        line.number = ++lines;
        text.remove_prefix(std::min(end + 1, text.size()));
        std::string event;
        if (const auto prepared = preparing.prepare(line, event); prepared) {
            check_event(event);
            batch.add(std::move(line), std::move(event));
        } else {
            batch.reject(std::move(line), std::string(sentence(prepared.error())));
        }
    }
    require(batch.events() + batch.rejected().size() == lines && batch.last_line() == lines);
    json::Tokens tokens;
    std::string body = batch.body(0, batch.events());
    require(tokens.find(body).has_value() && tokens.value_at(0)->end == tokens.count());
}

void check_progress(std::string_view text) {
    const auto progress = Progress::read(text);
    if (!progress) return;
    const auto again = Progress::read(progress->write());
    require(again && again->file == progress->file && again->offset == progress->offset);
    require(again->rejects == progress->rejects && again->rejects_to == progress->rejects_to);
}

void check_answer(std::string_view text) {
    for (const int status : {0, 200, 400, 401, 404, 413, 429, 503}) {
        const auto result =
            read_response({status, std::string(text), std::string(text), {}, "no answer"}, 3, WallTime{});
        require(result.reason.empty() == (result.next == NextStep::accepted));
        require(result.next != NextStep::accepted || status == 200);
        const auto& [accepted, duplicates, dropped, letters] = result.outcomes;
        const bool is_whole = accepted + duplicates + dropped + letters.size() == 3;
        require(is_whole == (result.next == NextStep::accepted));
        for (const auto& letter : letters) require(letter.event < 3);
        for (const char c : result.reason) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check_lines(text);
    check_progress(text);
    check_answer(text);
    return 0;
}
