#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "connection_check.hpp"
#include "loading.hpp"
#include "pintle/base/terminal_text.hpp"

namespace pintle::cli {
namespace {

struct Arguments {
    std::string file;
    bool without_secrets = false;
    bool connect = false;
};

int check(const Arguments& arguments) {
    using config::Purpose;
    const auto& file = arguments.file;
    const auto config =
        load_or_explain(file, arguments.without_secrets ? Purpose::check_without_secrets : Purpose::check);
    if (!config) return exit_usage;
    std::cout << (file.empty() ? "the environment" : text::shown(file)) << ": fine" << std::endl;
    if (!arguments.connect) return exit_ok;
    bool usable = true;
    auto reports = check_connections(*config);
    auto brokers = check_brokers(*config);
    std::ranges::move(brokers, std::back_inserter(reports));
    for (const auto& report : reports) {
        usable = usable && report.usable;
        std::cout << report.text << '\n';
    }
    return usable ? exit_ok : exit_failed;
}

}  // namespace

void add_check_config_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration and print each problem with its line");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("--config,file", arguments->file,
                     "Configuration file; without one only the environment is checked")
        ->type_name("FILE");
    auto* without_secrets =
        command->add_flag("--without-secrets", arguments->without_secrets,
                          "Missing secrets and variables are only warnings: for a machine that has none");
    command
        ->add_flag("--connect", arguments->connect,
                   "Also ask Customer.io whether each destination's credentials are valid, and which region it is in, "
                   "send an empty export to the OpenTelemetry collector, and ask the Kafka brokers of the journal and "
                   "of the sources whether they accept the credentials and have the topics, or for the journal would "
                   "create them, with settings that lose no event; sends no event and creates nothing")
        ->excludes(without_secrets);
    command->footer(
        "The exit code is 2 if the configuration has a problem, and with --connect 1 if a destination, the collector, "
        "the journal's brokers or a topic is not usable.");
    command->callback([arguments, &chosen] { chosen = [arguments] { return check(*arguments); }; });
}

}  // namespace pintle::cli
