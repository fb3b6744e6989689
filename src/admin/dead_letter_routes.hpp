#pragma once

#include <string>
#include <string_view>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// What the parameters of a request ask for. An unknown one is a fault: a filter with a slip of the pen must not let
// more letters through.
ApiResult<DeadLetterQuery> read_letter_query(std::string_view parameters);

// GET and DELETE of /api/dead-letters, POST of /api/dead-letters/replay. May block for the disk.
void answer_letters(DeadLetterOperations& dead_letters, bool redact, const http::Request& request,
                    http::Response& response);

// GET and DELETE of /api/dead-letters/{destination}/{id}, POST of its /replay; 404 where there is no such letter. May
// block for the disk.
void answer_letter(DeadLetterOperations& dead_letters, bool redact, const std::string& destination,
                   const std::string& id, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
