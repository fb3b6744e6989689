#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace pintle::app {

inline constexpr int exit_fine = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;  // or a bad configuration

// What the chosen subcommand runs; it returns the process's exit code.
using Chosen = std::function<int()>;

void add_serve_command(CLI::App& app, Chosen& chosen);
void add_transform_command(CLI::App& app, Chosen& chosen);
void add_check_config_command(CLI::App& app, Chosen& chosen);
void add_dead_letters_command(CLI::App& app, Chosen& chosen);
void add_journal_command(CLI::App& app, Chosen& chosen);
void add_reload_command(CLI::App& app, Chosen& chosen);
void add_status_command(CLI::App& app, Chosen& chosen);
void add_top_command(CLI::App& app, Chosen& chosen);
void add_tap_command(CLI::App& app, Chosen& chosen);
void add_version_command(CLI::App& app, Chosen& chosen);

// The environment's variables that configure the daemon, each with its key and what that does.
struct Variable {
    std::string name;
    std::string text;
};
std::vector<Variable> configuration_variables();

}  // namespace pintle::app
