#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "backlog_source.hpp"
#include "commands.hpp"
#include "daemon_locator.hpp"
#include "journal_source.hpp"
#include "json_text.hpp"
#include "number_option.hpp"
#include "pintle/admin/backlog.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

constexpr std::size_t page = 100;
constexpr std::size_t max_width = 60;  // of a user or a name

struct Arguments {
    DaemonOptions daemon;
    std::string directory;
    std::string destination;
    std::string user;
    std::string message_id;
    std::size_t limit = 100;
    bool json = false;
};

terminal::Table::Row row_of(std::string_view pending) {
    const auto cut = [&](std::string_view name) { return text::cut_to(shown_member(pending, name), max_width); };
    return {shown_member(pending, "offset"),
            shown_member(pending, "received_at"),
            shown_member(pending, "source"),
            cut("type"),
            cut("user"),
            cut("name")};
}

using BacklogReader = JournalSource<BacklogSource>;

// The name in `arguments`, or those of all destinations.
admin::ApiResult<std::vector<std::string>> destinations_of(BacklogReader& reader, const Arguments& arguments) {
    if (!arguments.destination.empty()) return std::vector{arguments.destination};
    return reader.ask([](BacklogSource& source) { return source.destinations(); });
}

// Prints the backlog of one destination, under `title` if there is one.
std::optional<admin::ApiError> print_events(BacklogReader& reader, const Arguments& arguments,
                                            const std::string& destination, const std::string& title, bool& any) {
    terminal::Table table({{"OFFSET"}, {"RECEIVED"}, {"SOURCE"}, {"TYPE"}, {"USER"}, {"NAME"}});
    bool is_first = true;
    admin::BacklogQuery query;
    query.destination = destination;
    query.user = arguments.user;
    query.message_id = arguments.message_id;
    auto left = arguments.limit > 0 ? arguments.limit : SIZE_MAX;
    do {
        query.limit = std::min(left, page);
        const auto found = reader.ask([&](BacklogSource& source) { return source.list(query); });
        if (!found) return found.error();
        std::vector<terminal::Table::Row> rows;
        for (const auto& pending : found->events) {
            --left;
            if (arguments.json) std::cout << text::plain_json(pending) << '\n';
            if (!arguments.json) rows.push_back(row_of(pending));
        }
        if (!rows.empty()) {
            const auto lines = table.lines(rows);
            if (std::exchange(is_first, false)) std::cout << (any ? "\n" : "") << title << table.header();
            std::cout << lines;
            any = true;
        }
        query.after = found->next;
    } while (!query.after.empty() && left > 0);
    if (!query.after.empty()) std::cerr << title << "there are more; --limit shows more of them\n";
    if (is_first || arguments.json) return std::nullopt;
    const auto reasons = reader.ask([&](BacklogSource& source) { return source.why_not_sent(destination); });
    if (!reasons) return reasons.error();
    for (const auto& reason : *reasons) std::cerr << text::shown(reason) << '\n';
    return std::nullopt;
}

int print_backlog(const Arguments& arguments) {
    auto location = find_journal(arguments.daemon, arguments.directory);
    if (!location) return exit_usage;
    BacklogReader reader(location->daemon ? std::make_unique<DaemonBacklog>(*location->daemon) : nullptr,
                         location->directory,
                         [](const std::string& directory) { return std::make_unique<DirectoryBacklog>(directory); });
    const auto names = destinations_of(reader, arguments);
    if (!names) return report_error(names.error());
    bool any = false;
    for (const auto& name : *names) {
        const auto title = names->size() > 1 ? text::shown(name) + ":\n" : std::string();
        if (const auto error = print_events(reader, arguments, name, title, any))
            return report_error_of_filter(*error, arguments.destination);
    }
    if (!any && !arguments.json) std::cerr << "no pending events\n";
    return report_unreadable(reader.unreadable());
}

}  // namespace

void add_backlog_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "backlog", "List the pending events of each destination and of each stream without one, the oldest first");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("--destination", arguments->destination,
                     "Only those of this destination, or of a stream without one")
        ->type_name("NAME");
    command->add_option("--user", arguments->user, "Only events of this user id, email, anonymous id or previousId")
        ->type_name("USER");
    command->add_option("--message-id", arguments->message_id, "Only the event with this messageId")->type_name("ID");
    command->add_option("--limit", arguments->limit, "Maximum number of events of a destination; 0: all")
        ->capture_default_str()
        ->type_name("N")
        ->check(whole_number());
    command->add_flag("--json", arguments->json, "Print one JSON object per line, with the event");
    add_daemon_options(*command, arguments->daemon);
    add_directory_option(*command, arguments->directory);
    command->callback([arguments, &chosen] { chosen = [arguments] { return print_backlog(*arguments); }; });
}

}  // namespace pintle::cli
