#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pintle/terminal/table.hpp"

// Dead letters for people, from their JSON. What comes from elsewhere cannot steer a terminal.
namespace pintle::app {

// A line a letter.
class LetterTable {
public:
    LetterTable();
    std::string header() const { return table_.header(); }
    std::string lines(const std::vector<std::string>& letters);

private:
    terminal::Table table_;
};

// All that is known of one.
std::string describe_letter(std::string_view letter);

}  // namespace pintle::app
