#pragma once

#include <string>
#include <string_view>

namespace pintle::customerio {

// Appends `text` as a segment of a URL's path. Encodes all bytes but A-Z a-z 0-9 - _ . ! ~ * ' ( ).
void percent_encode(std::string_view text, std::string& out);

}  // namespace pintle::customerio
