// Whatever a server answers, the reader takes it in any pieces as it takes it whole, and its verdict is sound.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>

#include "error_text.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/regions.hpp"
#include "pintle/customerio/response.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"
#include "redirect.hpp"
#include "require.hpp"
#include "response_parser.hpp"

namespace {

using namespace pintle;
using customerio::Disposition;
using fuzz::require;
using http::client::ResponseParser;

constexpr std::size_t longest = 16'384;  // what the reader makes room for at a time
constexpr WallTime now{std::chrono::hours{24 * 365 * 56}};

// What came of `text`, handed over in pieces of `step` bytes, or of ever other sizes for 0, and then ended.
ResponseParser::Progress read(ResponseParser& reader, std::string_view text, std::size_t step) {
    reader.reset();
    std::size_t other = text.size();
    auto progress = ResponseParser::Progress::more;
    while (progress == ResponseParser::Progress::more && !text.empty()) {
        other = other * 31 % 97;
        const std::size_t size = std::min(step != 0 ? step : other + 1, text.size());
        std::memcpy(reader.space().data(), text.data(), size);
        text.remove_prefix(size);
        progress = reader.received(size);
    }
    return progress == ResponseParser::Progress::more ? reader.ended() : progress;
}

auto facts(const HttpResponse& response) {
    return std::tie(response.status, response.body, response.retry_after, response.location, response.error);
}

bool printable(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void judge(const HttpResponse& response) {
    const auto result = customerio::classify(response, now);
    require(result.message.size() < 300 && printable(result.message));
    require(result.disposition == Disposition::delivered || !result.message.empty());
    require(!result.retry_after || result.retry_after->count() >= 0);
    require(result.disposition != Disposition::delivered || response.status / 100 == 2);
    require((result.disposition == Disposition::redirected) <=
            (response.status / 100 == 3 && !response.location.empty()));
    require(result.throttled == (response.status == 429));
    const http::client::Endpoint from{true, "track.customer.io", 443, ""};
    const auto target = delivery::redirect_target(from, response.location);
    require(!target || *target == http::client::Endpoint{true, std::string(customerio::eu_host), 443, ""});
}

// The text as what an answer of that status says, in its body and its headers: no HTTP is in the way.
void judge_as(int status, std::string_view text) {
    const std::string said(text);
    judge({status, said, {}, {}, {}});
    judge({status, {}, said, {}, {}});
    judge({status, {}, {}, said, {}});
}

void check_items(std::string_view body) {
    const HttpResponse response{207, std::string(body), {}, {}, {}};
    const auto disposition = customerio::classify(response, now).disposition;
    const auto errors = customerio::read_item_errors(body);
    require(disposition == (!errors           ? Disposition::retry
                            : errors->empty() ? Disposition::delivered
                                              : Disposition::rejected));

    constexpr std::size_t items = 3;
    const auto batch = customerio::classify_batch(response, items, now);
    require(batch.whole.disposition == (errors ? Disposition::delivered : Disposition::retry));
    std::size_t least = 0;
    for (const auto& item : batch.rejected) {
        require(errors && !batch.bisect && item.index >= least && item.index < items);
        least = item.index + 1;
    }
    require(!errors || errors->empty() == (batch.rejected.empty() && !batch.bisect));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), std::min(size, longest));
    for (const int status : {207, 301, 422, 503}) judge_as(status, text);
    check_items(text);

    static ResponseParser whole;
    static ResponseParser pieces;
    const auto progress = read(whole, text, longest);
    for (const std::size_t step : {1U, 7U, 0U}) {
        require(read(pieces, text, step) == progress);
        if (progress == ResponseParser::Progress::whole) require(facts(whole.response()) == facts(pieces.response()));
    }
    if (progress == ResponseParser::Progress::whole) judge(whole.response());
    return 0;
}
