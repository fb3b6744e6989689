#pragma once

#include <string>

#include "pintle/admin/status.hpp"

namespace pintle::cli {

// What `pintle status` says: whether it is healthy, how far behind it is, what failed and why.
std::string describe_status(const admin::Status& status, const std::string& address);

}  // namespace pintle::cli
