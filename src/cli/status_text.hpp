#pragma once

#include <string>

#include "pintle/admin/status.hpp"

namespace pintle::cli {

// What the disk lost after it had confirmed it, for people; empty if nothing. It counts as long as the journal exists
// and is no trouble of the daemon's.
std::string losses_of(const admin::Status& status);

// The output of `pintle status`: health, backlog, failures and their reasons.
std::string describe_status(const admin::Status& status, const std::string& address);

}  // namespace pintle::cli
