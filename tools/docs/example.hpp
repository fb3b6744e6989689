#pragma once

#include <string>

namespace pintle::docs {

// config/pintle.yaml: every key with its default, and what it does beside it.
std::string example_file();

}  // namespace pintle::docs
