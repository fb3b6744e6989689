#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pintle {

// The word that `text` was probably meant to be; empty if none of them is similar.
std::string similar_word(std::string_view text, const std::vector<std::string>& words);

// Up to `count` of the words, the most similar first, however similar they are.
std::vector<std::string> closest_words(std::string_view text, std::vector<std::string> words, std::size_t count);

}  // namespace pintle
