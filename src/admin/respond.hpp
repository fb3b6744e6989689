#pragma once

#include <string_view>

#include "pintle/admin/result.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// Responds with {"error": message}.
void respond_error(http::Response& response, unsigned status, std::string_view message);
inline void respond_error(http::Response& response, const ApiError& error) {
    respond_error(response, error.status, error.message);
}

}  // namespace pintle::admin
