#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pintle {

std::string base64_encode(std::string_view bytes);

// Returns nothing if `text` is not padded Base64, or is longer than `max_text`: by default the 4 KiB that credentials
// may have.
std::optional<std::string> base64_decode(std::string_view text, std::size_t max_text = 4096);

}  // namespace pintle
