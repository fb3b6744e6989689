#include "terminal/table.hpp"

#include <algorithm>
#include <utility>

#include "pintle/base/terminal_text.hpp"

namespace pintle::cli::terminal {

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)), widths_(columns_.size()) {
    for (const auto& column : columns_) titles_.push_back(column.title);
    make_room(titles_);
}

void Table::make_room(const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], text::width_of(row[i]));
}

std::string Table::line(const Row& row) const {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string space(widths_[i] - text::width_of(row[i]), ' ');
        if (columns_[i].alignment == Alignment::right) out += space;
        out += row[i];
        if (i + 1 == row.size()) break;
        if (columns_[i].alignment == Alignment::left) out += space;
        out += "  ";
    }
    return out + "\n";
}

std::string Table::header() const {
    return line(titles_);
}

std::string Table::lines(const std::vector<Row>& rows) {
    for (const auto& row : rows) make_room(row);
    std::string out;
    for (const auto& row : rows) out += line(row);
    return out;
}

}  // namespace pintle::cli::terminal
