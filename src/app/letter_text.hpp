#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Dead letters for people, from their JSON. What comes from elsewhere cannot steer a terminal.
namespace pintle::app {

// Lines of a table whose columns grow with what they hold, and never shrink.
class LetterTable {
public:
    LetterTable();
    std::string header() const;
    std::string lines(const std::vector<std::string>& letters);

private:
    using Row = std::vector<std::string>;

    void make_room(const Row& row);
    std::string line(const Row& row) const;

    std::vector<std::size_t> widths_;
};

// All that is known of one.
std::string describe_letter(std::string_view letter);

}  // namespace pintle::app
