#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pause_text.hpp"
#include "query_text.hpp"

namespace pintle::cli {
namespace {

struct Arguments {
    DaemonOptions daemon;
    std::string destination;
    std::string message;
};

// Asks for `verb` of the destination and prints what `describe` says of the response.
int change(const Arguments& arguments, std::string_view verb, std::string (*describe)(std::string_view response)) {
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    QueryText query("/api/destinations/" + encoded(arguments.destination) + "/" + std::string(verb));
    query.add("message", arguments.message);
    const auto response = fetch_json(daemon->address, boost::beast::http::verb::post, query.text());
    if (!response) return report_error(response.error());
    std::cout << describe(*response);
    return exit_ok;
}

int pause(const Arguments& arguments) {
    return change(arguments, "pause", paused_text);
}

int resume(const Arguments& arguments) {
    return change(arguments, "resume", resumed_text);
}

std::shared_ptr<Arguments> add_arguments(CLI::App& command) {
    auto arguments = std::make_shared<Arguments>();
    command.add_option("DESTINATION", arguments->destination, "Name of the destination")->required();
    add_daemon_options(command, arguments->daemon);
    return arguments;
}

}  // namespace

void add_pause_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("pause", "Send nothing more to a destination; its events are kept");
    auto arguments = add_arguments(*command);
    command->add_option("--message", arguments->message, "Why, for others who see the pause")->type_name("TEXT");
    command->callback([arguments, &chosen] { chosen = [arguments] { return pause(*arguments); }; });
}

void add_resume_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("resume", "Send to a paused destination again");
    auto arguments = add_arguments(*command);
    command->callback([arguments, &chosen] { chosen = [arguments] { return resume(*arguments); }; });
}

}  // namespace pintle::cli
