// A body decodes to the same in whatever pieces and framing it comes, and never to more than the limit; what a sender
// compressed comes back whole, and is never taken for whole where it was cut off.
//
// The input: how it is read (5 bytes, see Plan), then the body as it is sent.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "body.hpp"
#include "http_server/compress.hpp"
#include "reader.hpp"
#include "require.hpp"

namespace {

using namespace pintle::http;
using pintle::fuzz::require;

struct Plan {
    Encoding encoding;
    std::size_t limit;
    std::size_t chunk;  // of Transfer-Encoding: chunked; 0: with a Content-Length
    std::size_t piece;  // as the bytes arrive
    std::size_t cut;    // where a compressed body ends too early
};
constexpr std::size_t plan_bytes = 5;

Plan read_plan(const std::uint8_t* input) {
    constexpr std::array<std::size_t, 4> limits{16, 1'000, 10'000, 100'000};
    return {static_cast<Encoding>(input[0] % 3), limits[input[1] % 4], input[2], input[3] + std::size_t{1}, input[4]};
}

struct Outcome {
    BodyError error;
    std::string body;
    bool operator==(const Outcome&) const = default;
};

Outcome decode(Encoding encoding, std::size_t limit, std::string_view sent, std::size_t piece) {
    BodyDecoder decoder;
    Outcome outcome{};
    decoder.begin(encoding, limit, outcome.body);
    for (; !sent.empty(); sent.remove_prefix(std::min(piece, sent.size()))) {
        if (decoder.feed(sent.substr(0, piece)) != BodyError::none) break;
    }
    outcome.error = decoder.error() == BodyError::none ? decoder.finish() : decoder.error();
    require(outcome.body.size() <= limit);
    if (outcome.error != BodyError::none) outcome.body.clear();  // how far it came depends on the pieces
    return outcome;
}

std::string in_hex(std::size_t number) {
    std::array<char, 16> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr};
}

std::string framed(const Plan& plan, std::string_view sent) {
    constexpr std::array<std::string_view, 3> names{"identity", "gzip", "deflate"};
    std::string text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: ";
    text.append(names[static_cast<std::size_t>(plan.encoding)]).append("\r\n");
    if (plan.chunk == 0) {
        return text.append("Content-Length: ").append(std::to_string(sent.size())).append("\r\n\r\n").append(sent);
    }
    text.append("Transfer-Encoding: chunked\r\n\r\n");
    for (; !sent.empty(); sent.remove_prefix(std::min(plan.chunk, sent.size()))) {
        const auto chunk = sent.substr(0, plan.chunk);
        text.append(in_hex(chunk.size())).append("\r\n").append(chunk).append("\r\n");
    }
    return text.append("0\r\n\r\n");
}

// The body of the request that `bytes` are, or the status of its refusal.
std::pair<unsigned, std::string> read(const Plan& plan, std::string_view bytes) {
    RequestReader reader(1'024, plan.limit);
    for (;;) {
        switch (reader.next()) {
            case RequestReader::Step::idle:
            case RequestReader::Step::more: {
                require(!bytes.empty());
                const auto size =
                    boost::asio::buffer_copy(reader.space(), boost::asio::buffer(bytes.substr(0, plan.piece)));
                reader.received(size);
                bytes.remove_prefix(size);
                break;
            }
            case RequestReader::Step::head: break;
            case RequestReader::Step::request: return {200, reader.body()};
            case RequestReader::Step::error: return {reader.error().status, {}};
        }
    }
}

void check_as_sent(const Plan& plan, std::string_view sent) {
    const auto whole = decode(plan.encoding, plan.limit, sent, sent.size() + 1);
    require(decode(plan.encoding, plan.limit, sent, 1) == whole);
    require(decode(plan.encoding, plan.limit, sent, plan.piece) == whole);
    if (sent.size() > plan.limit + 1'000) return;  // the wire has a limit of its own
    const auto [status, body] = read(plan, framed(plan, sent));
    require(status == (whole.error == BodyError::none ? 200U : whole.error == BodyError::too_large ? 413U : 400U));
    require(body == whole.body);
}

void check_compressed(const Plan& plan, std::string_view plain) {
    for (const auto& [encoding, wrap] :
         {std::pair(Encoding::gzip, Wrap::gzip), std::pair(Encoding::deflate, Wrap::zlib),
          std::pair(Encoding::deflate, Wrap::raw)}) {
        const std::string sent = compress(plain, wrap);
        const bool fits = plain.size() <= plan.limit;
        require(decode(encoding, plan.limit, sent, plan.piece) ==
                (fits ? Outcome{BodyError::none, std::string(plain)} : Outcome{BodyError::too_large, {}}));
        const auto cut = decode(encoding, plan.limit, sent.substr(0, 1 + plan.cut % (sent.size() - 1)), plan.piece);
        require(cut.error == BodyError::truncated || (!fits && cut.error == BodyError::too_large));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size < plan_bytes) return 0;
    const Plan plan = read_plan(input);
    const std::string_view sent(reinterpret_cast<const char*>(input) + plan_bytes, size - plan_bytes);
    check_as_sent(plan, sent);
    check_compressed(plan, sent);
    return 0;
}
