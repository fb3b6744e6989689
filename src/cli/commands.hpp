#pragma once

#include "pintle/cli/app.hpp"

// One function per command, which adds the command to the app.
namespace pintle::cli {

void add_serve_command(CLI::App& app, Chosen& chosen);
void add_transform_command(CLI::App& app, Chosen& chosen);
void add_check_config_command(CLI::App& app, Chosen& chosen);
void add_config_command(CLI::App& app, Chosen& chosen);
void add_pause_command(CLI::App& app, Chosen& chosen);
void add_resume_command(CLI::App& app, Chosen& chosen);
void add_backlog_command(CLI::App& app, Chosen& chosen);
void add_erase_command(CLI::App& app, Chosen& chosen);
void add_dead_letters_command(CLI::App& app, Chosen& chosen);
void add_journal_command(CLI::App& app, Chosen& chosen);
void add_reload_command(CLI::App& app, Chosen& chosen);
void add_status_command(CLI::App& app, Chosen& chosen);
void add_top_command(CLI::App& app, Chosen& chosen);
void add_tap_command(CLI::App& app, Chosen& chosen);
void add_version_command(CLI::App& app, Chosen& chosen);
void add_compare_command(CLI::App& app, Chosen& chosen);
void add_import_command(CLI::App& app, Chosen& chosen);
void add_sandbox_command(CLI::App& app, Chosen& chosen);

}  // namespace pintle::cli
