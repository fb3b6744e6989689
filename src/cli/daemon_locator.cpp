#include "daemon_locator.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "loading.hpp"

namespace pintle::cli {

void add_daemon_options(CLI::App& command, DaemonOptions& options) {
    command
        .add_option("--config", options.file, "Configuration file of the daemon; without one the environment names it")
        ->type_name("FILE");
    command.add_option("--admin", options.admin, "Address of the daemon's admin listener; overrides the configuration")
        ->type_name("http://HOST:PORT");
    command.add_option("--token", options.token, "The daemon's admin.token; overrides the configuration")
        ->type_name("TOKEN")
        ->envname("PINTLE_ADMIN_TOKEN");
}

std::optional<DaemonLocation> find_daemon(const DaemonOptions& options) {
    const auto& [file, admin, token] = options;
    DaemonLocation location;
    if (admin.empty() || !file.empty()) {
        const auto config = load_or_explain(file, config::Purpose::locate);
        if (config) {
            location.address = admin_address(*config);
            if (admin.empty()) location.directory = config->journal_directory;
        } else if (admin.empty()) {  // with --admin it works beside a file that somebody is just editing
            return std::nullopt;
        }
    }
    if (!token.empty()) location.address.token = token;
    if (admin.empty()) return location;
    const auto wrong = read_admin_address(admin, location.address);
    if (wrong.empty()) return location;
    std::cerr << "--admin: " << wrong << '\n';
    return std::nullopt;
}

}  // namespace pintle::cli
