#pragma once

#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// Responds with a file of the page. False where the path is not a file, or where "/" is requested without accepting
// HTML.
bool answer_page(const http::Request& request, http::Response& response);

}  // namespace pintle::admin
