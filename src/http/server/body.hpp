#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

namespace pintle::http {

enum class Encoding : std::uint8_t { identity, gzip, deflate };

// The encoding of a Content-Encoding header; nothing if it is unsupported or more than one.
std::optional<Encoding> parse_encoding(std::string_view header);

enum class BodyError : std::uint8_t { none, too_large, malformed, truncated };

// Free bytes after every finished body: simdjson reads (but does not use) so many bytes beyond the end.
inline constexpr std::size_t body_padding = 64;

// The memory of zlib: its state and a window of 32 KiB.
inline constexpr std::size_t inflate_memory = 40UL * 1024;

// Decompresses a request's body as it arrives. The limit applies to the output while it is produced, so that a
// decompression bomb takes no memory. A body may consist of several gzip members; other data after the end is
// malformed.
class BodyDecoder {
public:
    // Starts a body. `out` must live until `finish`.
    void begin(Encoding encoding, std::size_t limit, std::string& out);

    // Adds received bytes. An error is final.
    BodyError feed(std::string_view chunk);

    // Ends the body. A compressed body may have no bytes at all; then it is empty.
    BodyError finish();

    // Frees zlib's memory; the body cannot be continued.
    void drop() noexcept { stream_.reset(); }

    BodyError error() const noexcept { return error_; }
    std::size_t memory() const noexcept { return stream_ ? inflate_memory : 0; }  // in bytes, without the body

private:
    struct EndInflate {
        void operator()(z_stream* stream) const noexcept;
    };
    enum class State : std::uint8_t { start, inside, between };  // before, in and after a gzip member

    BodyError append(std::string_view bytes);
    BodyError inflate_all(std::string_view chunk);
    BodyError open(int window_bits);
    BodyError open_deflate(std::string_view& chunk);

    Encoding encoding_ = Encoding::identity;
    State state_ = State::start;
    BodyError error_ = BodyError::none;
    std::size_t limit_ = 0;
    std::string* out_ = nullptr;
    std::optional<char> first_;  // deflate's first byte, until the second shows whether they are zlib's header
    std::unique_ptr<z_stream, EndInflate> stream_;
};

}  // namespace pintle::http
