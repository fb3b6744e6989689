#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.hpp"

namespace pintle::cli {

void add_version_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("version", "Print the version");
    command->callback([&chosen] {
        chosen = [] {
            std::cout << "pintle " PINTLE_VERSION "\n";
            return exit_ok;
        };
    });
}

}  // namespace pintle::cli
