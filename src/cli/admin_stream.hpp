#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin_connection.hpp"
#include "pintle/admin/dead_letters.hpp"

namespace pintle::cli {

// Passes a stream of the admin listener to `take`, piece by piece. Returns an error in any case at its end: of status 0
// where the stream broke off or was silent for too long, else that of the response.
Awaitable<admin::ApiError> follow_admin(const AdminAddress& address, const std::string& target,
                                        const std::function<void(std::string_view piece)>& take);

}  // namespace pintle::cli
