#include "pintle/base/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pintle {
namespace {

// The Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string similar_word(std::string_view text, const std::vector<std::string>& words) {
    const auto nearest = std::ranges::min_element(words, {}, [&](const auto& word) { return distance(text, word); });
    if (nearest == words.end()) return {};
    return distance(text, *nearest) <= std::max<std::size_t>(1, nearest->size() / 3) ? *nearest : std::string();
}

std::vector<std::string> closest_words(std::string_view text, std::vector<std::string> words, std::size_t count) {
    std::ranges::stable_sort(words, {}, [&](const auto& word) { return distance(text, word); });
    words.resize(std::min(words.size(), count));
    return words;
}

}  // namespace pintle
