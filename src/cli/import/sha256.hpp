#pragma once

#include <string>
#include <string_view>

namespace pintle::cli::importer {

// In lower-case hex.
std::string sha256_hex(std::string_view text);

}  // namespace pintle::cli::importer
