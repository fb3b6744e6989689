#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pintle {

// 128 bits that stand for one message of one source.
using MessageHash = std::array<std::uint8_t, 16>;

// What stands for one message of one source.
MessageHash message_hash(std::string_view source, std::string_view message) noexcept;

}  // namespace pintle
