#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

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

int print_backlog(const Arguments& arguments) {
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    terminal::Table table({{"OFFSET"}, {"RECEIVED"}, {"SOURCE"}, {"TYPE"}, {"USER"}, {"NAME"}});
    bool any = false;
    std::string after;
    auto left = arguments.limit > 0 ? arguments.limit : SIZE_MAX;
    do {
        QueryText query("/api/backlog");
        query.add("destination", arguments.destination);
        query.add("user", arguments.user);
        query.add("limit", std::to_string(std::min(left, page)));
        query.add("after", after);
        const auto response = fetch_json(daemon->address, boost::beast::http::verb::get, query.text());
        if (!response) return report_error(response.error());
        std::vector<terminal::Table::Row> rows;
        for (const auto& [name, pending] : members_of(member_of(*response, "events"))) {
            --left;
            if (arguments.json) std::cout << text::plain_json(std::string(pending)) << '\n';
            if (!arguments.json) rows.push_back(row_of(pending));
        }
        if (!rows.empty()) {
            const auto lines = table.lines(rows);
            std::cout << (any ? "" : table.header()) << lines;
            any = true;
        }
        after = text_of(member_of(*response, "next"));
    } while (!after.empty() && left > 0);
    if (!any && !arguments.json) std::cerr << "no pending events\n";
    if (!after.empty()) std::cerr << "there are more; --limit shows more of them\n";
    return exit_ok;
}

}  // namespace

void add_backlog_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("backlog", "List the pending events of a destination, the oldest first");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("--destination", arguments->destination, "Needed only if there are several")->type_name("NAME");
    command->add_option("--user", arguments->user, "Only events of this user id, email or anonymous id")
        ->type_name("USER");
    command->add_option("--limit", arguments->limit, "Maximum number of events; 0: all")
        ->capture_default_str()
        ->type_name("N");
    command->add_flag("--json", arguments->json, "Print one JSON object per line, with the event");
    add_daemon_options(*command, arguments->daemon);
    command->callback([arguments, &chosen] { chosen = [arguments] { return print_backlog(*arguments); }; });
}

}  // namespace pintle::cli
