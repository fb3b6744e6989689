#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "terminal/table.hpp"

namespace pintle::cli {

// Event records as one line each. All text is fit for a terminal.
class TapLines {
public:
    // `width`: lines are cut to so many columns; 0: they are not.
    explicit TapLines(bool colours, std::size_t width = 0);

    std::string header() const { return cut(table_.header()); }
    std::string line(std::string_view event);  // JSON; other text is shown unchanged

private:
    std::string cut(std::string line) const;

    bool colours_;
    std::size_t width_;
    cli::terminal::Table table_;
};

}  // namespace pintle::cli
