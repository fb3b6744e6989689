#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pintle {

// 128 bits of a SHA-256: the identity of one message of one source.
using MessageHash = std::array<std::uint8_t, 16>;

// Hashes a source and a message id.
MessageHash message_hash(std::string_view source, std::string_view message) noexcept;

}  // namespace pintle
