#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "loading.hpp"
#include "pintle/base/terminal_text.hpp"

namespace pintle::cli {

void add_check_config_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration and print each problem with its line");
    auto file = std::make_shared<std::string>();
    command->add_option("--config,file", *file, "Configuration file; without one only the environment is checked")
        ->type_name("FILE");
    command->callback([file, &chosen] {
        chosen = [file] {
            if (!load_or_explain(*file, config::Purpose::check)) return exit_usage;
            std::cout << (file->empty() ? "the environment" : text::shown(*file)) << ": fine\n";
            return exit_ok;
        };
    });
}

}  // namespace pintle::cli
