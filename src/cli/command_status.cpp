#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pintle/base/escape.hpp"
#include "status_reader.hpp"
#include "status_text.hpp"

namespace pintle::cli {
namespace {

int print_status(const DaemonOptions& options, bool json) {
    const auto daemon = find_daemon(options);
    if (!daemon) return exit_usage;
    const auto response = fetch_json(daemon->address, boost::beast::http::verb::get, "/api/status");
    if (!response) {
        std::cerr << "pintle: " << response.error().message << '\n';
        return exit_failed;
    }
    const auto status = read_status(*response);
    if (!status) {
        std::cerr << "pintle: " << daemon->address.text() << " did not respond like pintle's admin API\n";
        return exit_failed;
    }
    std::cout << (json ? text::plain_json(*response) : describe_status(*status, daemon->address.text()));
    const auto trouble = trouble_of(*status);
    const auto losses = losses_of(*status);
    if (json && !trouble.empty()) std::cerr << "not healthy: " << trouble << '\n';
    if (json && !losses.empty()) std::cerr << "warning: " << losses << '\n';
    return trouble.empty() ? exit_ok : exit_failed;
}

}  // namespace

void add_status_command(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("status", "Show whether the daemon is healthy, its backlog, and what failed and why");
    auto options = std::make_shared<DaemonOptions>();
    auto json = std::make_shared<bool>(false);
    add_daemon_options(*command, *options);
    command->add_flag("--json", *json, "Print the whole status as JSON");
    command->footer(
        "The exit code is 0 if the daemon is healthy, and 1 if it does not respond or the first line says otherwise:\n"
        "it accepts no events; a destination is paused, its circuit breaker is open or its share of the journal is "
        "full;\n"
        "a stream has no destination or no node; nodes have different configurations; the latest reload was rejected;\n"
        "or the certificate of ingest.tls has expired.\n"
        "Of the counts of events, received has those of known sources, once; accepted, dead-lettered and dropped have\n"
        "them once for each destination, also removed ones; rejected also has requests without a known source.\n"
        "Events that the disk has lost do not change it, as the daemon works: the first line names their number for as "
        "long\nas the journal exists, and the metric pintle_ledger_lost_events is for an alert.");
    command->callback([=, &chosen] { chosen = [=] { return print_status(*options, *json); }; });
}

}  // namespace pintle::cli
