#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "pintle/app/commands.hpp"
#include "pintle/importer/importer.hpp"
#include "pintle/manual/manual.hpp"
#include "pintle/sandbox/sandbox.hpp"
#include "pintle/terminal/text.hpp"

int main(int argc, char** argv) {
    CLI::App app("Takes RudderStack events over HTTP and delivers them to Customer.io.", "pintle");
    app.require_subcommand(1);
    pintle::manual::set_help(app);
    app.set_version_flag("--version", "pintle " PINTLE_VERSION);

    pintle::app::Chosen chosen;
    pintle::app::add_serve_command(app, chosen);
    pintle::app::add_check_config_command(app, chosen);
    pintle::app::add_reload_command(app, chosen);
    pintle::app::add_status_command(app, chosen);
    pintle::app::add_top_command(app, chosen);
    pintle::app::add_tap_command(app, chosen);
    pintle::app::add_dead_letters_command(app, chosen);
    pintle::app::add_journal_command(app, chosen);
    pintle::importer::add_command(app, chosen);
    pintle::app::add_transform_command(app, chosen);
    pintle::sandbox::add_command(app, chosen);
    std::vector<pintle::manual::Variable> variables;
    for (auto& [name, text] : pintle::app::configuration_variables()) variables.push_back({name, text});
    pintle::manual::add_commands(app, chosen, std::move(variables));
    pintle::app::add_version_command(app, chosen);

    app.footer("`pintle COMMAND --help` says more of each.");  // here, as else each command would get it too

    try {
        app.parse(argc, argv);
        return chosen();
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? pintle::app::exit_fine : pintle::app::exit_usage;
    } catch (const std::exception& error) {
        std::cerr << "pintle: " << pintle::terminal::shown(error.what()) << '\n';
        return pintle::app::exit_failed;
    }
}
