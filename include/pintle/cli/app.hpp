#pragma once

#include <functional>
#include <string_view>

#include <CLI/App.hpp>

namespace pintle::cli {

inline constexpr std::string_view app_description =
    "Takes RudderStack events over HTTP and delivers them to Customer.io.";

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;  // or a bad configuration

// Runs the chosen command and returns the exit code of the process.
using Chosen = std::function<int()>;

// Adds all commands. Parsing sets `chosen`, which must outlive the use of `app`.
void add_commands(CLI::App& app, Chosen& chosen);

// The first argument in the place of a command that is not the name of one; empty if there is none.
std::string_view unknown_command(const CLI::App& app, int argc, char** argv);

// Sets the format of `--help` for commands that are added to `app` afterwards.
void set_help(CLI::App& app);

}  // namespace pintle::cli
