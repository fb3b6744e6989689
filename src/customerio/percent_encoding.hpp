#pragma once

#include <string>
#include <string_view>

namespace pintle::customerio {

// Appends `text` as one part of a URL's path, byte by byte; A-Z a-z 0-9 - _ . ! ~ * ' ( ) stay as they are.
void percent_encode(std::string_view text, std::string& out);

}  // namespace pintle::customerio
