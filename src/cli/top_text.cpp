#include <algorithm>
#include <array>

#include "pintle/base/terminal_text.hpp"
#include "terminal/figures.hpp"
#include "terminal/table.hpp"
#include "top_view.hpp"

namespace pintle::cli {
namespace {

using cli::terminal::grouped;
using cli::terminal::Side;

std::string rate(const Figure& figure) {
    return figure ? cli::terminal::short_rate(*figure) : "-";
}

std::string duration(const Figure& figure) {
    return figure ? cli::terminal::short_duration(*figure) : "-";
}

std::string time_to_drain(const DestinationView& view) {
    const auto& seconds = view.look.time_to_drain_seconds;
    if (seconds) return *seconds > 0 ? cli::terminal::short_duration(*seconds) : "-";
    return view.in && view.out && *view.in > *view.out ? "grows" : "-";
}

std::string oldest_age(const DestinationView& view) {
    return view.look.backlog_events > 0 ? duration(view.look.backlog_oldest_age_seconds) : "-";
}

struct Shown {
    cli::terminal::Column column;
    int importance = 0;  // the least important goes first where it is narrow
    std::string (*cell)(const DestinationView& view);
};

std::vector<Shown> all_columns() {
    return {
        {{"DESTINATION"}, 100, [](const auto& v) { return v.look.name; }},
        {{"STATE"}, 90, [](const auto& v) { return v.look.state_in_words(); }},
        {{"IN/S", Side::right}, 70, [](const auto& v) { return rate(v.in); }},
        {{"OUT/S", Side::right}, 80, [](const auto& v) { return rate(v.out); }},
        {{"BACKLOG", Side::right}, 95, [](const auto& v) { return grouped(v.look.backlog_events); }},
        {{"OLDEST", Side::right}, 60, oldest_age},
        {{"DRAINED IN", Side::right}, 75, time_to_drain},
        {{"P50", Side::right}, 10, [](const auto& v) { return duration(v.p50); }},
        {{"P99", Side::right}, 50, [](const auto& v) { return duration(v.p99); }},
        {{"RETRIES/S", Side::right}, 40, [](const auto& v) { return rate(v.retries); }},
        {{"DEAD LETTERS/S", Side::right}, 30, [](const auto& v) { return rate(v.dead_lettered); }},
        {{"DEAD LETTERS", Side::right}, 20, [](const auto& v) { return grouped(v.look.dead_letters); }},
    };
}

std::vector<std::string> table_of(const TopView& view, const std::vector<Shown>& columns) {
    std::vector<cli::terminal::Column> heads;
    heads.reserve(columns.size());
    for (const auto& each : columns) heads.push_back(each.column);
    cli::terminal::Table table(heads);
    std::vector<cli::terminal::Table::Row> rows;
    for (const auto& destination : view.destinations) {
        auto& row = rows.emplace_back();
        for (const auto& each : columns) row.push_back(each.cell(destination));
    }
    const auto body = table.lines(rows);
    const auto text = table.header() + body;
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::vector<std::string> table_within(const TopView& view, std::size_t width) {
    auto columns = all_columns();
    while (true) {
        auto lines = table_of(view, columns);
        const auto fits = [&](const std::string& line) { return text::width_of(line) <= width; };
        if (columns.size() == 1 || std::ranges::all_of(lines, fits)) return lines;
        columns.erase(std::ranges::min_element(columns, {}, &Shown::importance));
    }
}

// The parts that find room in one line, two spaces between them.
std::string joined_within(const std::vector<std::string>& parts, std::size_t width) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty() && text::width_of(out) + 2 + text::width_of(part) > width) break;
        out.append(out.empty() ? "" : "  ").append(part);
    }
    return out;
}

}  // namespace

std::vector<std::string> top_lines(const TopView& view, const std::string& address, std::size_t columns) {
    const auto& look = view.look;
    const auto trouble = look.trouble();
    const auto part = [](const char* name, const std::string& value) { return std::string(name) + ' ' + value; };
    const auto clock = look.now.size() >= 19 ? look.now.substr(11, 8) + "Z" : look.now;
    std::vector<std::string> lines;
    lines.push_back(joined_within({trouble.empty() ? "healthy" : "NOT HEALTHY", clock, part("pintle", look.version),
                                   address, part("up", cli::terminal::short_duration(look.up_seconds))},
                                  columns));
    lines.push_back(
        joined_within({part("received", rate(view.received) + "/s"), part("rejected", rate(view.rejected) + "/s"),
                       part("dropped", rate(view.dropped) + "/s"), part("connections", grouped(look.connections))},
                      columns));
    lines.push_back(joined_within(
        {part("journal", cli::terminal::short_size(look.journal_bytes) + " of " +
                             cli::terminal::short_size(look.journal_max_bytes)),
         part("commit p99", duration(view.commit_p99)), part("memory", cli::terminal::short_size(look.resident_bytes)),
         part("cpu", view.cpu ? cli::terminal::short_rate(*view.cpu * 100) + " %" : "-")},
        columns));
    lines.emplace_back();
    for (auto& line : table_within(view, columns)) lines.push_back(std::move(line));
    if (!trouble.empty()) {
        lines.emplace_back();
        lines.push_back(trouble);
    }
    lines.emplace_back();
    lines.emplace_back("q quits");
    for (auto& line : lines) line = text::cut_to(line, columns);
    return lines;
}

}  // namespace pintle::cli
