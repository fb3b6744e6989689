#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "terminal/table.hpp"

// Dead letters as text, from their JSON. All text is fit for a terminal.
namespace pintle::cli {

// One line per letter.
class DeadLetterTable {
public:
    DeadLetterTable();
    std::string header() const { return table_.header(); }
    std::string lines(const std::vector<std::string>& letters);

private:
    cli::terminal::Table table_;
};

// A letter in full.
std::string describe_letter(std::string_view letter);

}  // namespace pintle::cli
