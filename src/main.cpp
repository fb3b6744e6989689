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
        return app.exit(error) == 0 ? pintle::cli::exit_ok : pintle::cli::exit_usage;
    } catch (const std::exception& error) {
        std::cerr << "pintle: " << pintle::text::shown(error.what()) << '\n';
        return pintle::cli::exit_failed;
    }
}
