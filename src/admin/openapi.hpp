#pragma once

#include <string_view>

namespace pintle::admin {

// docs/admin-api.json at build time.
std::string_view openapi();

}  // namespace pintle::admin
