// Bytes in, requests out: the same ones in whatever pieces the bytes come, and never more than the limits allow.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "pintle/http/server/query.hpp"
#include "reader.hpp"
#include "require.hpp"

namespace {

using pintle::fuzz::require;
using pintle::http::RequestReader;

constexpr std::size_t max_header = 1'024;
constexpr std::size_t max_body = 4'096;

struct Outcome {
    std::string seen;     // all that comes of the bytes, as text
    unsigned status = 0;  // of the fault that ended it
};

Outcome read_all(std::string_view bytes, std::size_t piece) {
    RequestReader reader(max_header, max_body);
    Outcome outcome;
    std::string& seen = outcome.seen;
    for (;;) {
        switch (reader.next()) {
            case RequestReader::Step::idle:
            case RequestReader::Step::more: {
                if (bytes.empty()) return outcome;
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
            case RequestReader::Step::error: outcome.status = reader.error().status; return outcome;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    const auto hundreds = read_all(bytes, 100);
    if (size >= max_header) return 0;  // a header near its limit may be refused in one cut and not in another
    const auto whole = read_all(bytes, size);
    for (const auto& pieces : {hundreds, read_all(bytes, 1)}) {
        require(pieces.seen == whole.seen);
        // What is wrong with a head that has not ended may be seen at once or only at its end.
        require(pieces.status == whole.status || pieces.status == 0 || whole.status == 0);
    }
    return 0;
}
