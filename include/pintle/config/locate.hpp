#pragma once

#include <string>

#include "pintle/config/config.hpp"

namespace pintle::config {

// A configuration that is read to find the daemon, also where it has problems.
struct Located : Loaded {
    bool knows_admin_address = false;
    bool knows_journal_directory = false;
};

// As `load_config` with Purpose::locate. What a file tells of the admin listener is read also where the file is not
// YAML as a whole.
Located locate_daemon(const std::string& file, const Environment& environment);

}  // namespace pintle::config
