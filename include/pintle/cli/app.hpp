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

// What the chosen command runs; it returns the process's exit code.
using Chosen = std::function<int()>;

// All of pintle's commands. Parsing sets `chosen`, which must outlive `app`'s use.
void add_commands(CLI::App& app, Chosen& chosen);

// How `--help` shows the commands that are added to `app` from then on.
void set_help(CLI::App& app);

}  // namespace pintle::cli
