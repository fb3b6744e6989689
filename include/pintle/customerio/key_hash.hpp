#pragma once

#include <cstdint>
#include <string_view>

namespace pintle::customerio {

// FNV-1a of 64 bits, never 0. Stored with records: it must not change.
constexpr std::uint64_t key_hash(std::string_view id) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325U;
#pragma GCC unroll 4
    for (const char c : id) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001B3U;
    }
    return hash != 0 ? hash : 1;
}

}  // namespace pintle::customerio
