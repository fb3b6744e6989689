#include "daemon_locator.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/config/config.hpp"
#include "pintle/config/locate.hpp"

namespace pintle::cli {
namespace {

constexpr const char* token_variable = "PINTLE_ADMIN_TOKEN";

// What the token of the configuration is from, or why there is none.
std::string token_origin(const std::string& file, const config::Loaded& loaded, bool has_token) {
    if (!has_token) return loaded.unread_tokens.empty() ? "" : loaded.unread_tokens.front().text();
    auto file_variable = std::string(token_variable) + "_FILE";
    if (file.empty() || !config::process_environment()(file_variable).value_or("").empty()) return file_variable;
    return (loaded.config.admin_token.empty() ? "admin.tokens of " : "admin.token of ") + text::shown(file);
}

}  // namespace

void add_daemon_options(CLI::App& command, DaemonOptions& options) {
    command
        .add_option("--config", options.file, "Configuration file of the daemon; without one the environment names it")
        ->type_name("FILE");
    command.add_option("--admin", options.admin, "Address of the daemon's admin listener; overrides the configuration")
        ->type_name("http://HOST:PORT");
    command.add_option("--token", options.token, "The daemon's admin.token; overrides the configuration")
        ->type_name("TOKEN")
        ->envname(token_variable);
}

std::optional<DaemonLocation> find_daemon(const DaemonOptions& options) {
    std::vector<std::string> problems;
    auto location = find_daemon(options, problems);
    for (const auto& problem : problems) std::cerr << (location ? "warning: " : "") << problem << '\n';
    if (!location && !problems.empty() && options.admin.empty()) std::cerr << address_hint;
    return location;
}

std::optional<DaemonLocation> find_daemon(const DaemonOptions& options, std::vector<std::string>& problems) {
    const auto& [file, admin, token] = options;
    DaemonLocation location;
    if (admin.empty() || !file.empty()) {
        const auto loaded = config::locate_daemon(file, config::process_environment());
        for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning.text() << '\n';
        for (const auto& problem : loaded.problems) problems.push_back(problem.text());
        if (admin.empty() && !loaded.knows_admin_address) return std::nullopt;
        location.address = admin_address(loaded.config);
        location.address.token_origin = token_origin(file, loaded, !location.address.token.empty());
        const bool has_directory =
            loaded.knows_journal_directory && loaded.config.journal_backend == config::JournalBackend::rocksdb;
        if (admin.empty() && has_directory) location.directory = loaded.config.journal_directory;
    }
    if (!token.empty()) {
        location.address.token = token;
        const bool is_variable = config::process_environment()(token_variable) == token;
        location.address.token_origin = is_variable ? token_variable : "--token";
    }
    if (admin.empty()) return location;
    const auto wrong = read_admin_address(admin, location.address);
    if (wrong.empty()) return location;
    std::cerr << "--admin: " << wrong << '\n';
    return std::nullopt;
}

}  // namespace pintle::cli
