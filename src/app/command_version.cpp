#include <iostream>

#include <CLI/CLI.hpp>

#include "pintle/app/commands.hpp"

namespace pintle::app {

void add_version_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("version", "Print the version");
    command->callback([&chosen] {
        chosen = [] {
            std::cout << "pintle " PINTLE_VERSION "\n";
            return exit_fine;
        };
    });
}

}  // namespace pintle::app
