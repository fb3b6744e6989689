#pragma once

#include <string>

#include "pintle/admin/status.hpp"

namespace pintle::cli {

// The output of `pintle status`: health, backlog, failures and their reasons.
std::string describe_status(const admin::Status& status, const std::string& address);

}  // namespace pintle::cli
