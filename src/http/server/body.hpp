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

// The encoding that a Content-Encoding header names; nothing where it is none of ours, or more than one.
std::optional<Encoding> parse_encoding(std::string_view header);

enum class BodyError : std::uint8_t { none, too_large, malformed, truncated };

// Free bytes that stand behind every finished body: simdjson reads (but never uses) that much beyond the end.
inline constexpr std::size_t body_padding = 64;

// What zlib takes to decompress: its state and a window of 32 KiB.
inline constexpr std::size_t inflate_memory = 40UL * 1024;

// Decompresses a request's body as it arrives. The limit is counted on what comes out, while it does, so that a bomb
// costs no memory. Several gzip members in a row are one body; anything else behind the end is malformed.
class BodyDecoder {
public:
    // Starts a body that goes to `out`, which must stay until `finish`. An earlier body is forgotten.
    void begin(Encoding encoding, std::size_t limit, std::string& out);

    // The next bytes as they were sent. An error is final.
    BodyError feed(std::string_view chunk);

    // There is no more. A body that was compressed but has no bytes at all is an empty one.
    BodyError finish();

    // Frees what decompressing takes; the body is not gone on with.
    void drop() noexcept { stream_.reset(); }

    BodyError error() const noexcept { return error_; }
    std::size_t memory() const noexcept { return stream_ ? inflate_memory : 0; }  // beside the body, in bytes

private:
    struct EndInflate {
        void operator()(z_stream* stream) const noexcept;
    };
    enum class Place : std::uint8_t { start, inside, between };  // of the compressed data: before, in, after a member

    BodyError append(std::string_view bytes);
    BodyError inflate_all(std::string_view chunk);
    BodyError open(int window_bits);
    BodyError open_deflate(std::string_view& chunk);

    Encoding encoding_ = Encoding::identity;
    Place place_ = Place::start;
    BodyError error_ = BodyError::none;
    std::size_t limit_ = 0;
    std::string* out_ = nullptr;
    std::optional<char> first_;  // deflate's first byte, until the second tells whether they are zlib's header
    std::unique_ptr<z_stream, EndInflate> stream_;
};

}  // namespace pintle::http
