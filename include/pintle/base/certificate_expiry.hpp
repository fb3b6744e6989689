#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "pintle/base/time.hpp"

namespace pintle {

// How long before it expires a certificate is worth a warning. The alert has the same.
inline constexpr std::chrono::hours certificate_warning{24 * 14};

// When the first of the certificates in a PEM text expires. Nothing if it has none.
std::optional<WallTime> first_expiry(std::string_view pem);

}  // namespace pintle
