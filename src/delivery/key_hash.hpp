#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pintle::delivery {

// The hash of an ordering key in a table. Senders choose the keys, so each table has a seed: nobody can make many keys
// share a slot.
class KeyHash {
public:
    using is_avalanching = std::true_type;

    explicit KeyHash(std::uint64_t seed) : seed_(seed) {}

    std::size_t operator()(std::uint64_t key) const noexcept {  // the finalizer of splitmix64
        std::uint64_t mixed = key ^ seed_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }

private:
    std::uint64_t seed_;
};

}  // namespace pintle::delivery
