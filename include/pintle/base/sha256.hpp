#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

namespace pintle {

using Sha256 = std::array<unsigned char, 32>;

// Hashes the concatenated parts.
Sha256 sha256(std::initializer_list<std::string_view> parts) noexcept;

}  // namespace pintle
