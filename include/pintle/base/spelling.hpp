#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle {

// The word that `text` was probably meant to be; empty if none of them is similar.
std::string similar_word(std::string_view text, const std::vector<std::string>& words);

}  // namespace pintle
