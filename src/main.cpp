#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/cli/app.hpp"

int main(int argc, char** argv) {
    CLI::App app(std::string(pintle::cli::app_description), "pintle");
    pintle::cli::Chosen chosen;
    pintle::cli::add_commands(app, chosen);
    try {
        app.parse(argc, argv);
        return chosen();
    } catch (const CLI::ParseError& error) {
        // CLI11 prints the general help for a command that does not exist, and suggests no names.
        if (const auto unknown = pintle::cli::explain_unknown_names(app, argc, argv); !unknown.empty()) {
            std::cerr << unknown << "Run with --help for more information.\n";
            return pintle::cli::exit_usage;
        }
        return app.exit(error) == 0 ? pintle::cli::exit_ok : pintle::cli::exit_usage;
    } catch (const std::exception& error) {
        std::cerr << "pintle: " << pintle::text::shown(error.what()) << '\n';
        return pintle::cli::exit_failed;
    }
}
