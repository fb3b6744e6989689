#pragma once

#include <cstdint>
#include <string>

namespace pintle::cli::importer {

// A line of a file, without its end.
struct Line {
    std::uint64_t number = 0;  // the first is 1
    std::uint64_t offset = 0;  // of its first byte in the file
    std::uint64_t end = 0;     // of the next line
    std::string text;
};

}  // namespace pintle::cli::importer
