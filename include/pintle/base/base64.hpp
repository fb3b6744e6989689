#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pintle {

std::string base64_encode(std::string_view bytes);

// Returns nothing if `text` is not padded Base64, or is longer than the 4 KiB that credentials may have.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace pintle
