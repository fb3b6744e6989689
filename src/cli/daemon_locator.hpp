#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "admin_client.hpp"

namespace pintle::cli {

// Where commands look for the running daemon.
struct DaemonLocation {
    AdminAddress address;
    std::string directory;  // of its journal; empty where only its address was given
};

// What the command line says of it: `--config` and `--admin`, which goes before the configuration.
struct DaemonOptions {
    std::string file;
    std::string admin;
};

// `options` must live as long as the command.
void add_daemon_options(CLI::App& command, DaemonOptions& options);

// Nothing where the options are wrong, which is said on stderr.
std::optional<DaemonLocation> find_daemon(const DaemonOptions& options);

}  // namespace pintle::cli
