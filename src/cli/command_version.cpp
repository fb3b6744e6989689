#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "pintle/journal/repair.hpp"

namespace pintle::cli {

void add_version_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("version", "Print the version, and the format of the journal that it reads");
    command->callback([&chosen] {
        chosen = [] {
            std::cout << "pintle " PINTLE_VERSION "\njournal format " << journal::journal_format << '\n';
            return exit_ok;
        };
    });
}

}  // namespace pintle::cli
