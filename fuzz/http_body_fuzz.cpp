// A body decodes to the same in whatever chunks it comes, and never to more than the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/body.hpp"

namespace {

using pintle::http::BodyDecoder;
using pintle::http::BodyError;
using pintle::http::Encoding;

constexpr std::size_t limit = 100'000;

BodyError decode(Encoding encoding, std::string_view sent, std::size_t chunk, std::string& body) {
    BodyDecoder decoder;
    decoder.begin(encoding, limit, body);
    for (; !sent.empty(); sent.remove_prefix(std::min(chunk, sent.size()))) {
        if (decoder.feed(sent.substr(0, chunk)) != BodyError::none) return decoder.error();
    }
    return decoder.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size == 0) return 0;
    const auto encoding = static_cast<Encoding>(input[0] % 3);
    const std::string_view sent(reinterpret_cast<const char*>(input) + 1, size - 1);
    std::string whole;
    std::string pieces;
    const auto error = decode(encoding, sent, sent.size() + 1, whole);
    if (decode(encoding, sent, 1, pieces) != error) std::abort();
    if (whole.size() > limit || (error == BodyError::none && pieces != whole)) std::abort();
    return 0;
}
