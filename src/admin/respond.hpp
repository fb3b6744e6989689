#pragma once

#include <string_view>

#include "pintle/admin/result.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// An answer that says what went wrong.
void respond_error(http::Response& response, unsigned status, std::string_view message);
inline void respond_error(http::Response& response, const ApiError& fault) {
    respond_error(response, fault.status, fault.message);
}

}  // namespace pintle::admin
