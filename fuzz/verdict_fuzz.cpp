// Whatever a server answers, the reader takes it byte by byte as it takes it whole, and its verdict is sound.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "delivery/answer_reader.hpp"
#include "pintle/delivery/sender.hpp"

namespace {

using namespace pintle;
using delivery::AnswerReader;
using delivery::Fate;

void require(bool sound) {
    if (!sound) std::abort();
}

// What came of `text`, handed over in pieces of `step` bytes and then ended.
AnswerReader::Progress read(AnswerReader& reader, std::string_view text, std::size_t step) {
    reader.reset();
    auto progress = AnswerReader::Progress::more;
    while (progress == AnswerReader::Progress::more && !text.empty()) {
        const std::size_t size = std::min(step, text.size());
        std::memcpy(reader.space().data(), text.data(), size);
        text.remove_prefix(size);
        progress = reader.received(size);
    }
    return progress == AnswerReader::Progress::more ? reader.ended() : progress;
}

void judge(const delivery::Answer& answer) {
    constexpr WallTime now{std::chrono::hours{24 * 365 * 56}};
    const auto verdict = delivery::classify(answer, now);
    require(verdict.reason.size() < 300);
    require(verdict.fate == Fate::delivered || !verdict.reason.empty());
    require(!verdict.retry_after || verdict.retry_after->count() >= 0);
    require(verdict.fate != Fate::delivered || answer.status / 100 == 2);
    const delivery::Endpoint from{true, "track.customer.io", 443, ""};
    const auto target = delivery::redirect_target(from, answer.location);
    require(!target || (target->tls && target->host.ends_with(".customer.io")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), std::min<std::size_t>(size, 16'384));
    static AnswerReader whole;
    static AnswerReader piecewise;
    const auto progress = read(whole, text, 16'384);
    require(read(piecewise, text, 1) == progress);
    if (progress != AnswerReader::Progress::whole) return 0;
    require(whole.answer().status == piecewise.answer().status);
    require(whole.answer().body == piecewise.answer().body);
    judge(whole.answer());
    return 0;
}
