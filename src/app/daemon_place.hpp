#pragma once

#include <optional>
#include <string>

#include "app/admin_client.hpp"

namespace pintle::app {

// Where commands look for the running daemon.
struct DaemonPlace {
    AdminAddress address;
    std::string directory;  // of its journal; empty where only its address was given
};

// From the options `--config` (`file`) and `--admin`, which goes before the configuration. Nothing where they are
// wrong, which is said on stderr.
std::optional<DaemonPlace> find_daemon(const std::string& file, const std::string& admin);

}  // namespace pintle::app
