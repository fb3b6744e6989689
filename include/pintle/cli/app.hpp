#pragma once

#include <functional>
#include <string>
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

// What is wrong with a command line that CLI11 rejected, if a name in it is unknown: the command or the options that
// were probably meant. Empty if that is not the cause.
std::string explain_unknown_names(const CLI::App& app, int argc, char** argv);

// Sets the format of `--help` for commands that are added to `app` afterwards.
void set_help(CLI::App& app);

}  // namespace pintle::cli
