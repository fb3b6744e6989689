#pragma once

#include <string>
#include <string_view>

#include "terminal/table.hpp"

namespace pintle::cli {

// Event records as one line each. All text is fit for a terminal.
class TapLines {
public:
    explicit TapLines(bool colours);

    std::string header() const { return table_.header(); }
    std::string line(std::string_view event);  // JSON; other text is shown unchanged

private:
    bool colours_;
    cli::terminal::Table table_;
};

}  // namespace pintle::cli
