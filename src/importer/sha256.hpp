#pragma once

#include <string>
#include <string_view>

namespace pintle::importer {

// In lower-case hex.
std::string sha256(std::string_view text);

}  // namespace pintle::importer
