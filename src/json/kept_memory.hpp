#pragma once

#include <algorithm>
#include <cstddef>

namespace pintle::json {

// Memory for texts up to this size is kept. More is freed with the next small text.
inline constexpr std::size_t kept_size = 262'144;
inline constexpr std::size_t smallest_size = 4'096;

// The new capacity for a text of `size` bytes if the current one is `capacity`.
inline std::size_t capacity_for(std::size_t size, std::size_t capacity) noexcept {
    const bool shrinks = capacity > kept_size && size <= kept_size;
    if (capacity != 0 && size <= capacity && !shrinks) return capacity;
    return std::max({smallest_size, size, std::min(2 * capacity, kept_size)});
}

}  // namespace pintle::json
