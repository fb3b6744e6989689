#include "top_text.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "status_reader.hpp"
#include "terminal/figures.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

using admin::DestinationStatus;
using admin::Figure;
using nlohmann::ordered_json;
using terminal::Alignment;
using terminal::grouped;

std::string rate(const Figure& figure) {
    return figure ? terminal::short_rate(*figure) : "-";
}

std::string duration(const Figure& figure) {
    return figure ? terminal::short_duration(*figure) : "-";
}

std::string time_to_drain(const DestinationStatus& destination) {
    if (destination.time_to_drain) return *destination.time_to_drain > 0 ? duration(destination.time_to_drain) : "-";
    return destination.rates.backlog.value_or(0) > 0 ? "grows" : "-";
}

std::string oldest_age(const DestinationStatus& destination) {
    return destination.ledger.backlog > 0 ? duration(destination.oldest_age) : "-";
}

// `60 (30 s)`: the requests in flight, and how long the oldest of them has been if it is slow.
std::string in_flight(const DestinationStatus& destination) {
    const auto count = grouped(destination.in_flight);
    return has_slow_request(destination) ? count + " (" + duration(destination.oldest_request_age) + ")" : count;
}

struct TopColumn {
    terminal::Column column;
    int importance = 0;  // on a narrow terminal the least important columns are left out
    std::string (*cell)(const DestinationStatus& destination);
};

std::vector<TopColumn> all_columns() {
    return {
        {{"DESTINATION"}, 100, [](const auto& d) { return d.name; }},
        {{"STATE"}, 90, [](const auto& d) { return state_in_words(d); }},
        {{"IN/S", Alignment::right}, 70, [](const auto& d) { return rate(d.rates.accepted); }},
        {{"OUT/S", Alignment::right}, 80, [](const auto& d) { return rate(d.rates.delivered); }},
        {{"BACKLOG", Alignment::right}, 95, [](const auto& d) { return grouped(d.ledger.backlog); }},
        {{"OLDEST", Alignment::right}, 60, oldest_age},
        {{"DRAINED IN", Alignment::right}, 75, time_to_drain},
        {{"IN FLIGHT", Alignment::right}, 45, in_flight},
        {{"P50", Alignment::right}, 10, [](const auto& d) { return duration(d.rates.request_duration_p50); }},
        {{"P99", Alignment::right}, 50, [](const auto& d) { return duration(d.rates.request_duration_p99); }},
        {{"RETRIES/S", Alignment::right}, 40, [](const auto& d) { return rate(d.rates.retries); }},
        {{"DEAD LETTERS/S", Alignment::right}, 30, [](const auto& d) { return rate(d.rates.dead_lettered); }},
        {{"DEAD LETTERS", Alignment::right}, 20, [](const auto& d) { return grouped(d.dead_letters); }},
    };
}

std::vector<std::string> table_of(const admin::Status& status, const std::vector<TopColumn>& columns) {
    std::vector<terminal::Column> heads;
    heads.reserve(columns.size());
    for (const auto& each : columns) heads.push_back(each.column);
    terminal::Table table(heads);
    std::vector<terminal::Table::Row> rows;
    for (const auto& destination : status.destinations) {
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

std::vector<std::string> table_within(const admin::Status& status, std::size_t width) {
    auto columns = all_columns();
    while (true) {
        auto lines = table_of(status, columns);
        const auto fits = [&](const std::string& line) { return text::width_of(line) <= width; };
        if (columns.size() == 1 || std::ranges::all_of(lines, fits)) return lines;
        columns.erase(std::ranges::min_element(columns, {}, &TopColumn::importance));
    }
}

// As many parts as fit in one line, separated by two spaces.
std::string joined_within(const std::vector<std::string>& parts, std::size_t width) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty() && text::width_of(out) + 2 + text::width_of(part) > width) break;
        out.append(out.empty() ? "" : "  ").append(part);
    }
    return out;
}

ordered_json to_json(const Figure& figure) {
    return figure ? ordered_json(*figure) : ordered_json();
}

ordered_json to_json(const DestinationStatus& destination) {
    const auto& rates = destination.rates;
    ordered_json document = {
        {"name", destination.name},
        {"state", state_of(destination)},
        {"in_per_second", to_json(rates.accepted)},
        {"out_per_second", to_json(rates.delivered)},
        {"backlog_events", destination.ledger.backlog},
        {"in_flight", destination.in_flight},
        {"in_flight_oldest_age_seconds", to_json(destination.oldest_request_age)},
        {"backlog_oldest_age_seconds", to_json(destination.oldest_age)},
        {"time_to_drain_seconds", to_json(destination.time_to_drain)},
        {"request_duration_p50_seconds", to_json(rates.request_duration_p50)},
        {"request_duration_p99_seconds", to_json(rates.request_duration_p99)},
        {"retries_per_second", to_json(rates.retries)},
        {"dead_lettered_per_second", to_json(rates.dead_lettered)},
        {"dead_letters", destination.dead_letters},
        {"paused", nullptr},
        {"pauses", ordered_json::array()},
        {"circuit_breaker", nullptr},
    };
    for (const auto& pause : destination.pauses) {
        document["pauses"].push_back({{"reason", pause.reason},
                                      {"since", to_iso8601(pause.since)},
                                      {"message", pause.message},
                                      {"by", pause.by.empty() ? ordered_json() : ordered_json(pause.by)}});
    }
    if (!destination.pauses.empty()) document["paused"] = document["pauses"].front();
    if (const auto& open = destination.circuit_breaker)
        document["circuit_breaker"] = {{"since", to_iso8601(open->since)}, {"message", open->message}};
    return document;
}

}  // namespace

std::string top_json(const admin::Status& status) {
    const auto trouble = trouble_of(status);
    ordered_json document = {
        {"time", to_iso8601(status.now)},
        {"healthy", trouble.empty()},
        {"received_per_second", to_json(status.rates.received)},
        {"rejected_per_second", to_json(status.rates.rejected)},
        {"dropped_per_second", to_json(status.rates.dropped)},
        {"commit_p99_seconds", to_json(status.rates.commit_p99)},
        {"connections", status.connections},
        {"journal_bytes", status.journal.bytes_on_disk},
        {"resident_bytes", status.process.resident_bytes},
        {"cpu", to_json(status.rates.cpu)},
        {"destinations", ordered_json::array()},
    };
    if (!trouble.empty()) document["trouble"] = trouble;
    for (const auto& each : status.destinations) document["destinations"].push_back(to_json(each));
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<std::string> top_lines(const admin::Status& status, const std::string& address, std::size_t columns) {
    using terminal::short_duration;
    using terminal::short_rate;
    using terminal::short_size;
    const auto trouble = trouble_of(status);
    const auto& rates = status.rates;
    const auto part = [](const char* name, const std::string& value) { return std::string(name) + ' ' + value; };
    const auto clock = to_iso8601(status.now).substr(11, 8) + "Z";
    std::vector<std::string> lines;
    lines.push_back(joined_within({trouble.empty() ? "healthy" : "NOT HEALTHY", clock, part("pintle", status.version),
                                   address, part("up", short_duration(status.uptime().count()))},
                                  columns));
    lines.push_back(
        joined_within({part("received", rate(rates.received) + "/s"), part("rejected", rate(rates.rejected) + "/s"),
                       part("dropped", rate(rates.dropped) + "/s"), part("connections", grouped(status.connections))},
                      columns));
    lines.push_back(joined_within(
        {part("journal", short_size(status.journal.bytes_on_disk) + " of " + short_size(status.journal.max_bytes)),
         part("commit p99", duration(rates.commit_p99)), part("memory", short_size(status.process.resident_bytes)),
         part("cpu", rates.cpu ? short_rate(*rates.cpu * 100) + " %" : "-")},
        columns));
    lines.emplace_back();
    for (auto& line : table_within(status, columns)) lines.push_back(std::move(line));
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
