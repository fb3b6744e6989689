#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "pintle/config/schema.hpp"

namespace pintle::cli {

void add_config_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("config", "Describe the configuration file");
    command->require_subcommand(1);
    auto* schema = command->add_subcommand(
        "schema", "Print the file's JSON Schema, with which editors complete and check it while it is written");
    schema->callback([&chosen] {
        chosen = [] {
            std::cout << config::config_schema().dump(2) << '\n';
            return exit_ok;
        };
    });
}

}  // namespace pintle::cli
