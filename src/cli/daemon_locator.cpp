#include "daemon_locator.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "loading.hpp"

namespace pintle::cli {

void add_daemon_options(CLI::App& command, DaemonOptions& options) {
    command
        .add_option("--config", options.file,
                    "Configuration file of the daemon; without one the environment says where it is")
        ->type_name("FILE");
    command
        .add_option("--admin", options.admin, "The daemon's admin listener, if it is not where the configuration says")
        ->type_name("http://HOST:PORT");
}

std::optional<DaemonLocation> find_daemon(const DaemonOptions& options) {
    const auto& [file, admin] = options;
    DaemonLocation place;
    if (admin.empty() || !file.empty()) {
        const auto config = load_or_explain(file, config::Purpose::transform);
        if (!config) return std::nullopt;
        place.address = admin_address(*config);
        if (admin.empty()) place.directory = config->journal_directory;
    }
    if (admin.empty()) return place;
    const auto wrong = read_admin_address(admin, place.address);
    if (wrong.empty()) return place;
    std::cerr << "--admin: " << wrong << '\n';
    return std::nullopt;
}

}  // namespace pintle::cli
