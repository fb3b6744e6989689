#pragma once

#include <string>
#include <string_view>

namespace pintle::send {

// In lower-case hex.
std::string sha256(std::string_view text);

}  // namespace pintle::send
