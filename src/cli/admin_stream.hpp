#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin_connection.hpp"
#include "pintle/admin/dead_letters.hpp"

namespace pintle::cli {

// What the admin listener tells as it happens, piece by piece to `take`. A fault in any case in the end: of status 0
// where the stream broke off or was silent for too long, else as the daemon answered.
Awaitable<admin::ApiError> follow_admin(const AdminAddress& address, const std::string& target,
                                        const std::function<void(std::string_view piece)>& take);

}  // namespace pintle::cli
