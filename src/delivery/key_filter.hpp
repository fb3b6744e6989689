#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "key_hash.hpp"

namespace pintle::delivery {

// A set of any number of keys in a fixed number of bytes (a Bloom filter). `contains` may be true for a key that was
// not added: for 1 of 500 with 10 million keys in 16 MiB. Takes its memory when the first key is added.
class KeyFilter {
public:
    KeyFilter(std::size_t bytes, std::uint64_t seed)
        : bits_(std::bit_floor(std::max<std::size_t>(bytes, 8)) * 8), hash_(seed) {}

    void add(std::uint64_t key) {
        if (words_.empty()) words_.resize(bits_ / 64);
        for (const std::size_t bit : bits(key)) words_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }

    bool contains(std::uint64_t key) const {
        if (words_.empty()) return false;
        return std::ranges::all_of(bits(key),
                                   [&](std::size_t bit) { return (words_[bit / 64] >> bit % 64 & 1U) != 0; });
    }

    void clear() { words_ = {}; }

private:
    std::array<std::size_t, 4> bits(std::uint64_t key) const {
        const std::uint64_t first = hash_(key);
        const std::uint64_t step = std::rotl(first, 32) | 1U;
        std::array<std::size_t, 4> places{};
        for (std::size_t i = 0; i < places.size(); ++i) places[i] = (first + i * step) & (bits_ - 1);
        return places;
    }

    std::size_t bits_;
    KeyHash hash_;
    std::vector<std::uint64_t> words_;
};

}  // namespace pintle::delivery
