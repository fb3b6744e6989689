#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "terminal/table.hpp"

// Dead letters for people, from their JSON. What comes from elsewhere cannot steer a terminal.
namespace pintle::cli {

// A line a letter.
class DeadLetterTable {
public:
    DeadLetterTable();
    std::string header() const { return table_.header(); }
    std::string lines(const std::vector<std::string>& letters);

private:
    cli::terminal::Table table_;
};

// All that is known of one.
std::string describe_letter(std::string_view letter);

}  // namespace pintle::cli
