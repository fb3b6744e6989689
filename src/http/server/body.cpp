#include "body.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <boost/beast/core/string.hpp>

namespace pintle::http {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib's way to ask for a gzip wrapper
constexpr int zlib_window = 15;
constexpr int raw_window = -15;

// RFC 1950, 2.2. "deflate" means zlib's format, but some senders omit its header.
bool is_zlib_header(unsigned char first, unsigned char second) {
    return (first & 0x0fU) == 8 && (first >> 4U) <= 7 && (first * 256U + second) % 31 == 0;
}

// zlib only reads its input, though the pointer is not const.
Bytef* as_input(std::string_view text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view header) {
    using boost::beast::iequals;
    if (header.empty() || iequals(header, "identity")) return Encoding::identity;
    if (iequals(header, "gzip") || iequals(header, "x-gzip")) return Encoding::gzip;
    if (iequals(header, "deflate")) return Encoding::deflate;
    return std::nullopt;
}

void BodyDecoder::EndInflate::operator()(z_stream* stream) const noexcept {
    inflateEnd(stream);
    std::default_delete<z_stream>()(stream);
}

void BodyDecoder::begin(Encoding encoding, std::size_t limit, std::string& out) {
    encoding_ = encoding;
    state_ = State::start;
    error_ = BodyError::none;
    limit_ = limit;
    out_ = &out;
    first_.reset();
    stream_.reset();
}

BodyError BodyDecoder::feed(std::string_view chunk) {
    if (error_ != BodyError::none || chunk.empty()) return error_;
    error_ = encoding_ == Encoding::identity ? append(chunk) : inflate_all(chunk);
    if (error_ != BodyError::none) stream_.reset();
    return error_;
}

BodyError BodyDecoder::finish() {
    if (error_ == BodyError::none && (first_ || state_ == State::inside)) error_ = BodyError::truncated;
    stream_.reset();
    if (out_->capacity() - out_->size() < body_padding) out_->reserve(out_->size() + body_padding);
    return error_;
}

BodyError BodyDecoder::append(std::string_view bytes) {
    if (bytes.size() > limit_ - std::min(limit_, out_->size())) return BodyError::too_large;
    out_->append(bytes);
    return BodyError::none;
}

BodyError BodyDecoder::open(int window_bits) {
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), window_bits) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
    state_ = State::inside;
    return BodyError::none;
}

BodyError BodyDecoder::open_deflate(std::string_view& chunk) {
    if (!first_) {
        first_ = chunk.front();
        chunk.remove_prefix(1);
        if (chunk.empty()) return BodyError::none;
    }
    const char held = *first_;
    first_.reset();
    open(is_zlib_header(static_cast<unsigned char>(held), static_cast<unsigned char>(chunk.front())) ? zlib_window
                                                                                                     : raw_window);
    return inflate_all({&held, 1});
}

BodyError BodyDecoder::inflate_all(std::string_view chunk) {
    if (state_ == State::start) {
        const auto error = encoding_ == Encoding::gzip ? open(gzip_window) : open_deflate(chunk);
        if (error != BodyError::none) return error;
    }
    std::array<char, 16'384> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by zlib
    while (!chunk.empty()) {
        if (state_ == State::between) {
            if (encoding_ != Encoding::gzip || inflateReset(stream_.get()) != Z_OK) return BodyError::malformed;
            state_ = State::inside;
        }
        const auto size = std::min<std::size_t>(chunk.size(), std::numeric_limits<uInt>::max());
        stream_->next_in = as_input(chunk);
        stream_->avail_in = static_cast<uInt>(size);
        int result = Z_OK;
        do {
            stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
            stream_->avail_out = static_cast<uInt>(piece.size());
            result = inflate(stream_.get(), Z_NO_FLUSH);
            if (append({piece.data(), piece.size() - stream_->avail_out}) != BodyError::none) {
                return BodyError::too_large;
            }
        } while (result == Z_OK && stream_->avail_out == 0);
        if (result == Z_STREAM_END) {
            state_ = State::between;
        } else if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {  // Z_BUF_ERROR: more input is needed
            return BodyError::malformed;
        }
        chunk.remove_prefix(size - stream_->avail_in);
    }
    return BodyError::none;
}

}  // namespace pintle::http
