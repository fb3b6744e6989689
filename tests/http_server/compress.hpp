#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace pintle::http {

// How deflate's data is wrapped, as zlib's windowBits.
enum class Wrap : int { raw = -15, zlib = 15, gzip = 15 + 16 };

inline std::string compress(std::string_view text, Wrap wrap, int level = Z_DEFAULT_COMPRESSION) {
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, static_cast<int>(wrap), 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace pintle::http
