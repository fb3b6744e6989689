#pragma once

#include <cstdint>
#include <random>

#include "pintle/base/ordering_keys.hpp"
#include "pintle/customerio/mapper.hpp"
#include "settings.hpp"

// For tests that take random steps. PINTLE_TEST_SEED and PINTLE_TEST_STEPS set the seed and the number of steps.
namespace pintle::delivery {

class Chance {
public:
    explicit Chance(std::uint64_t seed) : source_(seed) {}
    std::uint64_t below(std::uint64_t limit) { return source_() % limit; }
    bool in(std::uint64_t n) { return below(n) == 0; }

private:
    std::mt19937_64 source_;
};

// Few persons and ids, so that they meet often, and an id that many share.
inline OrderingKeys random_keys(Chance& chance) {
    OrderingKeys keys;
    if (!chance.in(4)) keys.person = 1 + chance.below(30);
    if (!chance.in(3)) keys.anonymous = chance.in(3) ? 100 : 101 + chance.below(20);
    if (chance.in(10)) keys.previous = chance.in(2) ? 1 + chance.below(30) : 100 + chance.below(20);
    return keys;
}

}  // namespace pintle::delivery
