#include "dedupe_id.hpp"

#include <array>
#include <cstddef>
#include <span>

#include "pintle/base/sha256.hpp"

namespace pintle::customerio {
namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// As many of the lowest bits as the characters hold, 5 each, highest first.
void write_base32(std::uint64_t bits, std::span<char> out) {
    for (auto place = out.rbegin(); place != out.rend(); ++place, bits >>= 5U) *place = crockford[bits & 0x1FU];
}

std::uint64_t big_endian_40_bits(const unsigned char* bytes) {
    std::uint64_t bits = 0;
    for (int i = 0; i < 5; ++i) bits = bits << 8U | bytes[i];
    return bits;
}

}  // namespace

void write_dedupe_id(std::string_view message_id, std::optional<std::int64_t> seconds, std::string& out) {
    const Sha256 digest = sha256({message_id});
    constexpr std::uint64_t time_bits = (std::uint64_t{1} << 48U) - 1;
    const auto whole_seconds = static_cast<std::uint64_t>(seconds && *seconds > 0 ? *seconds : 0);
    std::array<char, 26> ulid;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    const std::span<char> characters(ulid);
    write_base32(whole_seconds * 1000 & time_bits, characters.first(10));
    write_base32(big_endian_40_bits(digest.data()), characters.subspan(10, 8));
    write_base32(big_endian_40_bits(digest.data() + 5), characters.last(8));
    out.append(ulid.data(), ulid.size());
}

}  // namespace pintle::customerio
