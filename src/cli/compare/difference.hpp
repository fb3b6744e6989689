#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compare/tree.hpp"

namespace pintle::cli::compare {

// One member that two operations do not share.
struct Difference {
    std::vector<std::string> path;  // names of members and, in brackets, indexes of elements
    const Tree* a = nullptr;        // null: only in B
    const Tree* b = nullptr;        // null: only in A
};

// The differing members, as deep inside as both values are objects, or arrays of the same length. The result points
// into both trees.
std::vector<Difference> differences(const Tree& a, const Tree& b);

// `attributes.address.city`, `attributes["a.b"]`, `cio_relationships[0]`; without indexes `cio_relationships[]`.
enum class Indexes : bool { shown, left_out };
std::string path_text(const std::vector<std::string>& path, Indexes indexes);

}  // namespace pintle::cli::compare
