#pragma once

#include <cstddef>

// Properties of the terminal behind a file descriptor.
namespace pintle::cli::terminal {

bool is_terminal(int file);

// Width and height; 80 and 24 where they are unknown.
struct Size {
    std::size_t columns = 80;
    std::size_t lines = 24;
};
Size size_of(int file);

// Whether output there may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org) or it is a dumb
// one.
bool takes_colours(int file);

}  // namespace pintle::cli::terminal
