#include "terminal/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace pintle::cli::terminal {

bool is_terminal(int file) {
    return isatty(file) == 1;
}

Size size_of(int file) {
    winsize window{};
    if (ioctl(file, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
        return {};  // NOLINT(*-vararg)
    return {window.ws_col, window.ws_row};
}

bool takes_colours(int file) {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const kind = std::getenv("TERM");
    if (no_colour != nullptr && *no_colour != '\0') return false;
    return is_terminal(file) && kind != nullptr && kind != std::string_view("dumb");
}

}  // namespace pintle::cli::terminal
