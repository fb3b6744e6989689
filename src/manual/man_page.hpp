#pragma once

#include <string>
#include <vector>

#include "manual/command.hpp"
#include "pintle/manual/manual.hpp"

namespace pintle::manual {

// In roff, for man(1).
std::string man_page(const Command& root, const std::string& version, const std::vector<Variable>& variables);

}  // namespace pintle::manual
