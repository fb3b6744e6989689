#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/json/parse.hpp"
#include "query_text.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;
using terminal::counted;

constexpr std::chrono::minutes timeout{10};  // a backlog may be large

struct Arguments {
    DaemonOptions daemon;
    std::string user_id;
    std::string anonymous_id;
    std::string destination;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};

std::uint64_t count_of(const json& destination, const char* member) {
    return read_unsigned(destination.value(member, json())).value_or(0);
}

// Whether nothing is left that matches.
bool is_complete(const json& document) {
    const auto destinations = document.value("destinations", json::array());
    return std::ranges::all_of(destinations, [](const json& each) {
        return count_of(each, "in_flight") == 0 && count_of(each, "orphaned") == 0;
    });
}

// What was erased of each destination.
void print(const json& document, bool dry_run) {
    for (const auto& each : document.value("destinations", json::array())) {
        const auto count = [&](const char* member) { return count_of(each, member); };
        const auto name = text::shown(each.value("destination", ""));
        std::cout << name << (dry_run ? ": would erase " : ": erased ") << counted(count("events"), "pending event")
                  << " and " << counted(count("dead_letters"), "dead letter") << '\n';
        if (count("deletions") > 0) {
            std::cout << name << ": keeps " << counted(count("deletions"), "event")
                      << (count("deletions") == 1 ? " that deletes or suppresses" : " that delete or suppress")
                      << " the person\n";
        }
        if (count("in_flight") > 0) {
            std::cout << name << ": not erased, as in flight: " << counted(count("in_flight"), "event")
                      << "; if they fail they are pending again, so repeat the command\n";
        }
        if (count("orphaned") > 0) {
            std::cout << name
                      << ": not erased, as the stream has no destination: " << counted(count("orphaned"), "event")
                      << "; configure it again, or `pintle journal discard " << name << "`\n";
        }
    }
}

int erase(const Arguments& arguments) {
    if (arguments.user_id.empty() && arguments.anonymous_id.empty()) {
        std::cerr << "whose events? --user-id or --anonymous-id\n";
        return exit_usage;
    }
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    const bool dry_run = arguments.dry_run || !arguments.yes;
    QueryText query("/api/erase");
    query.add("user_id", arguments.user_id);
    query.add("anonymous_id", arguments.anonymous_id);
    query.add("destination", arguments.destination);
    if (dry_run) query.add("dry_run", "true");
    const auto response = fetch_json(daemon->address, boost::beast::http::verb::post, query.text(), timeout);
    if (!response) return report_error_of_filter(response.error(), arguments.destination);
    const auto document = parse_json(*response);
    if (arguments.json) {
        std::cout << text::plain_json(*response);
    } else {
        print(document, dry_run);
    }
    if (dry_run && !arguments.dry_run) {
        std::cerr << "nothing is erased yet; to do so, repeat the command with --yes\n";
        return exit_usage;
    }
    return is_complete(document) ? exit_ok : exit_failed;
}

}  // namespace

void add_erase_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("erase", "Erase the pending events and the dead letters of one person");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("--user-id", arguments->user_id,
                     "Events with exactly this user id; also with this email, anonymous id or previousId")
        ->type_name("ID");
    command->add_option("--anonymous-id", arguments->anonymous_id, "The same for a further id of the person")
        ->type_name("ID");
    command->add_option("--destination", arguments->destination, "Only those of this destination")->type_name("NAME");
    command->add_flag("--dry-run", arguments->dry_run, "Only say how many they are");
    command->add_flag("--yes", arguments->yes, "Erase them; without this option the command says how many they are");
    command->add_flag("--json", arguments->json, "Print JSON, for programs");
    add_daemon_options(*command, arguments->daemon);
    command->callback([arguments, &chosen] { chosen = [arguments] { return erase(*arguments); }; });
}

}  // namespace pintle::cli
