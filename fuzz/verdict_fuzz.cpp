// Whatever a server answers, the reader takes it in any pieces as it takes it whole, and its verdict is sound.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>

#include "delivery/answer_reader.hpp"
#include "delivery/answer_text.hpp"
#include "pintle/delivery/sender.hpp"
#include "require.hpp"

namespace {

using namespace pintle;
using delivery::Answer;
using delivery::AnswerReader;
using delivery::Fate;
using fuzz::require;

constexpr std::size_t longest = 16'384;  // what the reader makes room for at a time
constexpr WallTime now{std::chrono::hours{24 * 365 * 56}};

// What came of `text`, handed over in pieces of `step` bytes, or of ever other sizes for 0, and then ended.
AnswerReader::Progress read(AnswerReader& reader, std::string_view text, std::size_t step) {
    reader.reset();
    std::size_t other = text.size();
    auto progress = AnswerReader::Progress::more;
    while (progress == AnswerReader::Progress::more && !text.empty()) {
        other = other * 31 % 97;
        const std::size_t size = std::min(step != 0 ? step : other + 1, text.size());
        std::memcpy(reader.space().data(), text.data(), size);
        text.remove_prefix(size);
        progress = reader.received(size);
    }
    return progress == AnswerReader::Progress::more ? reader.ended() : progress;
}

auto facts(const Answer& answer) {
    return std::tie(answer.status, answer.body, answer.retry_after, answer.location, answer.fault);
}

bool printable(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void judge(const Answer& answer) {
    const auto verdict = delivery::classify(answer, now);
    require(verdict.message.size() < 300 && printable(verdict.message));
    require(verdict.fate == Fate::delivered || !verdict.message.empty());
    require(!verdict.retry_after || verdict.retry_after->count() >= 0);
    require(verdict.fate != Fate::delivered || answer.status / 100 == 2);
    require((verdict.fate == Fate::redirected) <= (answer.status / 100 == 3 && !answer.location.empty()));
    require(verdict.throttled == (answer.status == 429));
    const delivery::Endpoint from{true, "track.customer.io", 443, ""};
    const auto target = delivery::redirect_target(from, answer.location);
    require(!target || *target == delivery::Endpoint{true, std::string(delivery::eu_host), 443, ""});
}

// The text as what an answer of that status says, in its body and its headers: no HTTP is in the way.
void judge_as(int status, std::string_view text) {
    const std::string said(text);
    judge({status, said, {}, {}, {}});
    judge({status, {}, said, {}, {}});
    judge({status, {}, {}, said, {}});
}

void check_items(std::string_view body) {
    const delivery::Answer answer{207, std::string(body), {}, {}, {}};
    const auto fate = delivery::classify(answer, now).fate;
    const auto errors = delivery::read_item_errors(body);
    require(fate == (!errors ? Fate::retry : errors->empty() ? Fate::delivered : Fate::dead));

    constexpr std::size_t items = 3;
    const auto batch = delivery::classify_batch(answer, items, now);
    require(batch.whole.fate == (errors ? Fate::delivered : Fate::retry));
    std::size_t least = 0;
    for (const auto& item : batch.rejected) {
        require(errors && !batch.halve && item.index >= least && item.index < items);
        least = item.index + 1;
    }
    require(!errors || errors->empty() == (batch.rejected.empty() && !batch.halve));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), std::min(size, longest));
    for (const int status : {207, 301, 422, 503}) judge_as(status, text);
    check_items(text);

    static AnswerReader whole;
    static AnswerReader pieces;
    const auto progress = read(whole, text, longest);
    for (const std::size_t step : {1U, 7U, 0U}) {
        require(read(pieces, text, step) == progress);
        if (progress == AnswerReader::Progress::whole) require(facts(whole.answer()) == facts(pieces.answer()));
    }
    if (progress == AnswerReader::Progress::whole) judge(whole.answer());
    return 0;
}
