#include "pintle/cli/app.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "examples.hpp"
#include "pintle/base/spelling.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/cli/command_description.hpp"

namespace pintle::cli {
namespace {

// CLI11's help, without its description of an option's checks.
class HelpFormatter final : public CLI::Formatter {
public:
    std::string make_option_opts(const CLI::Option* option) const override {
        const auto argument = described(option);
        if (!argument.takes_value) return {};
        return " " + argument.type + (argument.repeats ? " ..." : "");
    }

    std::string make_option_desc(const CLI::Option* option) const override { return explained(described(option)); }

private:
    // CLI11 tells the checks only of an option that may be changed.
    static Argument described(const CLI::Option* option) { return describe(const_cast<CLI::Option&>(*option)); }
};

// The command that a command line chose, as far as it was parsed.
const CLI::App& chosen_command(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : chosen_command(*chosen.front());
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

std::vector<std::string> names_of_options(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

std::string suggestion(std::string_view text, const std::vector<std::string>& names) {
    const auto similar = similar_word(text, names);
    return similar.empty() ? "" : "; did you mean " + similar + "?";
}

// The first argument in the place of a command that is not the name of one; empty if there is none.
std::string_view unknown_command(const CLI::App& app, int argc, char** argv) {
    const CLI::App* at = &app;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with('-')) {
            if (at == &app) continue;  // its options have no values
            return {};
        }
        const auto commands = at->get_subcommands({});
        if (commands.empty()) return {};
        const auto found = std::ranges::find(commands, argument, &CLI::App::get_name);
        if (found == commands.end()) return argument;
        at = *found;
    }
    return {};
}

}  // namespace

void set_help(CLI::App& app) {
    app.formatter(std::make_shared<HelpFormatter>());
}

std::string explain_unknown_names(const CLI::App& app, int argc, char** argv) {
    const auto& command = chosen_command(app);
    if (const auto unknown = unknown_command(app, argc, argv); !unknown.empty()) {
        return "there is no command " + text::shown(unknown) + suggestion(unknown, names_of_commands(command)) + "\n";
    }
    std::string text;
    for (const auto& argument : app.remaining(true)) {
        const auto name = std::string_view(argument).substr(0, argument.find('='));
        if (!name.starts_with("--") || name == "--") continue;
        text += "there is no option " + text::shown(name) + suggestion(name, names_of_options(command)) + "\n";
    }
    return text;
}

void add_commands(CLI::App& app, Chosen& chosen) {
    app.require_subcommand(1);
    set_help(app);
    app.set_version_flag("--version", "pintle " PINTLE_VERSION);
    add_serve_command(app, chosen);
    add_check_config_command(app, chosen);
    add_config_command(app, chosen);
    add_reload_command(app, chosen);
    add_status_command(app, chosen);
    add_top_command(app, chosen);
    add_tap_command(app, chosen);
    add_pause_command(app, chosen);
    add_resume_command(app, chosen);
    add_backlog_command(app, chosen);
    add_dead_letters_command(app, chosen);
    add_erase_command(app, chosen);
    add_journal_command(app, chosen);
    add_import_command(app, chosen);
    add_transform_command(app, chosen);
    add_sandbox_command(app, chosen);
    add_compare_command(app, chosen);
    add_version_command(app, chosen);
    add_examples(app);
    app.footer("`pintle COMMAND --help` describes a command.");  // set last: subcommands inherit it when they are added
}

}  // namespace pintle::cli
