#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/loading.hpp"
#include "pintle/app/commands.hpp"
#include "pintle/terminal/text.hpp"

namespace pintle::app {

void add_check_config_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration, and print each problem with its line");
    auto file = std::make_shared<std::string>();
    command->add_option("--config,file", *file, "Configuration file; without one the environment alone is checked")
        ->type_name("FILE");
    command->callback([file, &chosen] {
        chosen = [file] {
            if (!load_or_explain(*file, Purpose::check)) return exit_usage;
            std::cout << (file->empty() ? "the environment" : terminal::shown(*file)) << ": fine\n";
            return exit_fine;
        };
    });
}

}  // namespace pintle::app
