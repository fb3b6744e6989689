#include "journal_source.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "pintle/base/terminal_text.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {

void add_directory_option(CLI::App& command, std::string& directory) {
    command.add_option("--directory", directory, "Read the journal's directory of a stopped daemon instead")
        ->type_name("DIR")
        ->excludes("--admin");
}

std::optional<JournalLocation> find_journal(const DaemonOptions& options, const std::string& directory) {
    if (!directory.empty()) return JournalLocation{std::nullopt, directory};
    auto found = find_daemon(options);
    if (!found) return std::nullopt;
    return JournalLocation{std::move(found->address), std::move(found->directory)};
}

void explain_fallback(const admin::ApiError& error, const std::string& directory) {
    std::cerr << error.message << "; reading the journal in " << text::shown(directory) << '\n';
}

int report_unreadable(std::uint64_t count) {
    if (count == 0) return exit_ok;
    std::cerr << "pintle: the journal is damaged: " << terminal::grouped(count) << (count == 1 ? " entry" : " entries")
              << " cannot be read and are left out; `pintle journal check` names the damage\n";
    return exit_failed;
}

}  // namespace pintle::cli
