#pragma once

#include <string_view>

namespace pintle::admin {

// docs/admin-api.json, as it was when this was built.
std::string_view openapi();

}  // namespace pintle::admin
