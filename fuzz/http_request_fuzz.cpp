// Bytes in, requests out: the same ones in whatever pieces the bytes come, and never more than the limits allow.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "http/reader.hpp"

namespace {

using pintle::http::RequestReader;

constexpr std::size_t max_header = 1'024;
constexpr std::size_t max_body = 4'096;

void require(bool holds) {
    if (!holds) std::abort();
}

// All that comes of `bytes`, as text to compare.
std::string read_all(std::string_view bytes, std::size_t piece) {
    RequestReader reader(max_header, max_body);
    std::string seen;
    for (;;) {
        switch (reader.next()) {
            case RequestReader::Step::idle:
            case RequestReader::Step::more: {
                if (bytes.empty()) return seen;
                const auto size = boost::asio::buffer_copy(reader.space(), boost::asio::buffer(bytes.substr(0, piece)));
                require(size > 0);
                reader.received(size);
                bytes.remove_prefix(size);
                break;
            }
            case RequestReader::Step::head:
                seen.append(reader.method_text()).append(" ").append(reader.target()).append("\n");
                break;
            case RequestReader::Step::request:
                require(reader.body().size() <= max_body);
                seen.append(reader.body()).append(reader.keep_alive() ? "\n" : " and closes\n");
                break;
            case RequestReader::Step::fault: return seen;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    // A header near its limit may be refused in one cut and not in another.
    if (size < max_header) require(read_all(bytes, size) == read_all(bytes, 1));
    read_all(bytes, 100);
    return 0;
}
