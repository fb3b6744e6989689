#pragma once

#include <string>
#include <vector>

#include "pintle/cli/command_description.hpp"
#include "pintle/config/variables.hpp"

namespace pintle::manual {

// In roff, for man(1).
std::string man_page(const cli::Command& root, const std::string& version,
                     const std::vector<config::Variable>& variables);

}  // namespace pintle::manual
