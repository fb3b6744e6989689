#pragma once

#include <string>

#include "app/status_look.hpp"

namespace pintle::app {

// What `pintle status` says: whether it is healthy, how far behind it is, what failed and why.
std::string describe_status(const StatusLook& look, const std::string& address);

}  // namespace pintle::app
