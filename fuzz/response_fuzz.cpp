// Whatever a server sends, and however much of it, an answer is read in bounded memory, and what it means for a request
// and for a batch is sound.
//
// The input: how often the second half of what follows is sent (1 byte), then bytes of HTTP.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

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

constexpr WallTime now{std::chrono::hours{24 * 365 * 56}};
constexpr std::size_t longest = 8'192;
constexpr std::size_t most_sent = 9UL << 20U;    // over what the reader takes in
constexpr std::size_t most_kept = 512UL << 10U;  // of a body
constexpr std::size_t most_buffered = 64UL << 10U;

ResponseParser::Progress feed(ResponseParser& reader, std::string_view text) {
    auto progress = ResponseParser::Progress::more;
    while (progress == ResponseParser::Progress::more && !text.empty()) {
        const auto space = reader.space();
        const std::size_t size = std::min(space.size(), text.size());
        std::memcpy(space.data(), text.data(), size);
        text.remove_prefix(size);
        progress = reader.received(size);
        require(reader.buffered() <= most_buffered);
    }
    return progress;
}

void judge(const HttpResponse& response) {
    require(response.status >= 200 && response.body.size() <= most_kept);
    const auto result = customerio::classify(response, now);
    require(result.message.size() < 300);
    require(result.disposition == Disposition::delivered || !result.message.empty());
    require(result.disposition != Disposition::delivered || response.status / 100 == 2);

    constexpr std::size_t items = 3;
    const auto batch = customerio::classify_batch(response, items, now);
    std::size_t least = 0;
    for (const auto& item : batch.rejected) {
        require(item.index >= least && item.index < items && !item.message.empty());
        require(item.message.size() <= 1'000 && item.error.size() <= 16'384);
        least = item.index + 1;
    }
    require(batch.rejected.empty() || (!batch.bisect && batch.whole.disposition == Disposition::delivered));

    const http::client::Endpoint from{true, "proxy.example", 443, "/x"};
    const auto target = delivery::redirect_target(from, response.location);
    if (!target) return;
    require(target->tls);
    require(target->host == from.host || target->host == customerio::us_host || target->host == customerio::eu_host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    // Most inputs are sent as they are: floods take long.
    const std::size_t repeats = bytes[0] < 192 ? 1 : std::size_t{1} << (bytes[0] % 16U);
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, std::min(size - 1, longest));
    const std::string_view head = text.substr(0, text.size() / 2);
    const std::string_view rest = text.substr(text.size() / 2);

    static ResponseParser reader;
    reader.reset();
    auto progress = feed(reader, head);
    std::size_t sent = head.size();
    for (std::size_t i = 0; i < repeats && sent < most_sent && progress == ResponseParser::Progress::more; ++i) {
        progress = feed(reader, rest);
        sent += rest.size();
    }
    require(progress != ResponseParser::Progress::more || sent < most_sent);
    if (progress == ResponseParser::Progress::more) progress = reader.ended();
    if (progress == ResponseParser::Progress::whole) judge(reader.response());
    return 0;
}
