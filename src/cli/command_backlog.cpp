#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "json_text.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "query_text.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

constexpr std::size_t page = 100;
constexpr std::size_t max_width = 60;  // of a user or a name

struct Arguments {
    DaemonOptions daemon;
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

// The name in `arguments`, or those of all destinations.
admin::ApiResult<std::vector<std::string>> destinations_of(const AdminAddress& daemon, const Arguments& arguments) {
    if (!arguments.destination.empty()) return std::vector{arguments.destination};
    const auto response = fetch_json(daemon, boost::beast::http::verb::get, "/api/destinations");
    if (!response) return response.error();
    std::vector<std::string> names;
    for (const auto& [index, destination] : members_of(member_of(*response, "destinations")))
        names.push_back(text_of(member_of(destination, "name")));
    return names;
}

// Prints the backlog of one destination, under `title` if there is one.
std::optional<admin::ApiError> print_events(const AdminAddress& daemon, const Arguments& arguments,
                                            const std::string& destination, const std::string& title, bool& any) {
    terminal::Table table({{"OFFSET"}, {"RECEIVED"}, {"SOURCE"}, {"TYPE"}, {"USER"}, {"NAME"}});
    bool is_first = true;
    std::string after;
    auto left = arguments.limit > 0 ? arguments.limit : SIZE_MAX;
    do {
        QueryText query("/api/backlog");
        query.add("destination", destination);
        query.add("user", arguments.user);
        query.add("message_id", arguments.message_id);
        query.add("limit", std::to_string(std::min(left, page)));
        query.add("after", after);
        const auto response = fetch_json(daemon, boost::beast::http::verb::get, query.text());
        if (!response) return response.error();
        std::vector<terminal::Table::Row> rows;
        for (const auto& [name, pending] : members_of(member_of(*response, "events"))) {
            --left;
            if (arguments.json) std::cout << text::plain_json(std::string(pending)) << '\n';
            if (!arguments.json) rows.push_back(row_of(pending));
        }
        if (!rows.empty()) {
            const auto lines = table.lines(rows);
            if (std::exchange(is_first, false)) std::cout << (any ? "\n" : "") << title << table.header();
            std::cout << lines;
            any = true;
        }
        after = text_of(member_of(*response, "next"));
    } while (!after.empty() && left > 0);
    if (!after.empty()) std::cerr << title << "there are more; --limit shows more of them\n";
    return std::nullopt;
}

int print_backlog(const Arguments& arguments) {
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    const auto names = destinations_of(daemon->address, arguments);
    if (!names) return report_error(names.error());
    bool any = false;
    for (const auto& name : *names) {
        const auto title = names->size() > 1 ? text::shown(name) + ":\n" : std::string();
        if (const auto error = print_events(daemon->address, arguments, name, title, any)) return report_error(*error);
    }
    if (!any && !arguments.json) std::cerr << "no pending events\n";
    return exit_ok;
}

}  // namespace

void add_backlog_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("backlog", "List the pending events of each destination, the oldest first");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("--destination", arguments->destination,
                     "Only those of this destination, or of a stream without one")
        ->type_name("NAME");
    command->add_option("--user", arguments->user, "Only events of this user id, email or anonymous id")
        ->type_name("USER");
    command->add_option("--message-id", arguments->message_id, "Only the event with this messageId")->type_name("ID");
    command->add_option("--limit", arguments->limit, "Maximum number of events of a destination; 0: all")
        ->capture_default_str()
        ->type_name("N");
    command->add_flag("--json", arguments->json, "Print one JSON object per line, with the event");
    add_daemon_options(*command, arguments->daemon);
    command->callback([arguments, &chosen] { chosen = [arguments] { return print_backlog(*arguments); }; });
}

}  // namespace pintle::cli
