#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pintle::cli::terminal {

enum class Alignment : std::uint8_t { left, right };

struct Column {
    std::string title;
    Alignment alignment = Alignment::left;  // right: for numbers
};

// Lines of a table whose columns grow with their cells and never shrink. The cells must be fit for a terminal.
class Table {
public:
    using Row = std::vector<std::string>;

    explicit Table(std::vector<Column> columns);

    std::string header() const;
    std::string lines(const std::vector<Row>& rows);

private:
    void make_room(const Row& row);
    std::string line(const Row& row) const;

    std::vector<Column> columns_;
    Row titles_;
    std::vector<std::size_t> widths_;
};

}  // namespace pintle::cli::terminal
