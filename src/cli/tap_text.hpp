#pragma once

#include <string>
#include <string_view>

#include "terminal/table.hpp"

namespace pintle::cli {

// What happens to events, a line each for people. Nothing in an event can steer a terminal.
class TapLines {
public:
    explicit TapLines(bool colours);

    std::string header() const { return table_.header(); }
    std::string line(std::string_view event);  // JSON; what is none is shown as it is

private:
    bool colours_;
    cli::terminal::Table table_;
};

}  // namespace pintle::cli
