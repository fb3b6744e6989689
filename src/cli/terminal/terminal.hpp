#pragma once

#include <cstddef>

// What a file descriptor is connected to.
namespace pintle::cli::terminal {

bool is_terminal(int file);

// Its width and height; 80 and 24 where it does not tell.
struct Size {
    std::size_t columns = 80;
    std::size_t lines = 24;
};
Size size_of(int file);

// Whether output there may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org) or it is a dumb
// one.
bool takes_colours(int file);

}  // namespace pintle::cli::terminal
