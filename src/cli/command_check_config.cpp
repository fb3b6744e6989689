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
    auto without_secrets = std::make_shared<bool>(false);
    command->add_flag("--without-secrets", *without_secrets,
                      "Missing secrets and variables are only warnings: for a machine that has none");
    command->callback([file, without_secrets, &chosen] {
        chosen = [file, without_secrets] {
            using config::Purpose;
            if (!load_or_explain(*file, *without_secrets ? Purpose::check_without_secrets : Purpose::check)) {
                return exit_usage;
            }
            std::cout << (file->empty() ? "the environment" : text::shown(*file)) << ": fine\n";
            return exit_ok;
        };
    });
}

}  // namespace pintle::cli
