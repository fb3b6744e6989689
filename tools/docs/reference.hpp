#pragma once

#include <string>

namespace pintle::docs {

// docs/configuration.md: every key, in tables.
std::string reference_page();

}  // namespace pintle::docs
