#pragma once

#include <string>
#include <vector>

namespace pintle::config {

// An environment variable that configures the daemon, with its key and its help.
struct Variable {
    std::string name;
    std::string text;
};
std::vector<Variable> configuration_variables();

}  // namespace pintle::config
