#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Nothing where the options are wrong; the error is on stderr. Problems of the configuration are only warnings where
// they do not hide the admin listener's address: it is that of a daemon which runs, whatever somebody is editing.
std::optional<DaemonLocation> find_daemon(const DaemonOptions& options);

// The same for a command that prints the configuration's problems itself: they are put into `problems`.
std::optional<DaemonLocation> find_daemon(const DaemonOptions& options, std::vector<std::string>& problems);

// What to do where a configuration's problems hide the address.
inline constexpr std::string_view address_hint =
    "the address of the daemon's admin listener is not known; --admin http://HOST:PORT names it\n";

}  // namespace pintle::cli
