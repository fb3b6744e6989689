#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "admin_client.hpp"

namespace pintle::cli {

// Where a running daemon is.
struct DaemonLocation {
    AdminAddress address;
    std::string directory;  // of its journal; empty where only the address is known
};

// The options `--config`, and `--admin` and `--token`, which override the configuration.
struct DaemonOptions {
    std::string file;
    std::string admin;
    std::string token;
};

// `options` must outlive the command.
void add_daemon_options(CLI::App& command, DaemonOptions& options);

// Nothing where the options are wrong; the error is on stderr.
std::optional<DaemonLocation> find_daemon(const DaemonOptions& options);

}  // namespace pintle::cli
