#pragma once

#include <cstdlib>

namespace pintle::fuzz {

// What must hold for any input; the fuzzer keeps the input for which it does not.
inline void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace pintle::fuzz
