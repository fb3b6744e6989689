#pragma once

#include <cstdint>
#include <string>

#include "compare/operation.hpp"

namespace pintle::cli::compare {

enum class Side : std::uint8_t { a, b };

// An operation, and where it is in the recordings.
struct Entry {
    Operation operation;
    std::uint64_t line = 0;   // the first is 1
    std::uint64_t count = 1;  // more: it stands for copies of it that are not listed
};

}  // namespace pintle::cli::compare
