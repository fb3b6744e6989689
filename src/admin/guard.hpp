#pragma once

#include "pintle/admin/admin.hpp"

// Who may ask for what, by a request's head alone.
namespace pintle::admin {

// Why not; nothing where it may go on.
std::optional<Fault> keep_out(const http::Request& head, const Access& access);

}  // namespace pintle::admin
