#pragma once

#include <string>

#include "full_status.hpp"

namespace pintle::cli {

// What `pintle status` says: whether it is healthy, how far behind it is, what failed and why.
std::string describe_status(const FullStatus& look, const std::string& address);

}  // namespace pintle::cli
