#pragma once

#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// Answers with a file of the page. False: it is not one, or a client that does not read HTML asked for "/".
bool answer_page(const http::Request& request, http::Response& response);

}  // namespace pintle::admin
