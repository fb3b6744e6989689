#include "mapping/dedupe_id.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>

namespace pintle::mapping {
namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The lowest `characters` * 5 bits of `bits`, highest first.
void write_base32(std::uint64_t bits, int characters, std::string& out) {
    for (int shift = (characters - 1) * 5; shift >= 0; shift -= 5) out += crockford[bits >> shift & 0x1F];
}

std::uint64_t big_endian_40_bits(const unsigned char* bytes) {
    std::uint64_t bits = 0;
    for (int i = 0; i < 5; ++i) bits = bits << 8U | bytes[i];
    return bits;
}

}  // namespace

DedupeId::DedupeId() : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    if (!sha256_ || !context_ || EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL offers no SHA-256");
    }
}

void DedupeId::write(std::string_view message_id, std::optional<std::int64_t> seconds, std::string& out) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    if (EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), message_id.data(), message_id.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    constexpr std::uint64_t time_bits = (std::uint64_t{1} << 48U) - 1;
    const auto whole_seconds = static_cast<std::uint64_t>(seconds && *seconds > 0 ? *seconds : 0);
    write_base32(whole_seconds * 1000 & time_bits, 10, out);
    write_base32(big_endian_40_bits(digest.data()), 8, out);
    write_base32(big_endian_40_bits(digest.data() + 5), 8, out);
}

}  // namespace pintle::mapping
