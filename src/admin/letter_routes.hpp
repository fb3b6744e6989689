#pragma once

#include "pintle/admin/dead_letters.hpp"
#include "pintle/http/server.hpp"

namespace pintle::admin {

// What the parameters of a request ask for. An unknown one is a fault: a filter with a slip of the pen must not let
// more letters through.
Answered<LetterQuery> read_letter_query(std::string_view parameters);

// GET and DELETE of /api/dead-letters, POST of /api/dead-letters/replay. May block for the disk.
void answer_letters(DeadLetterOffice& office, bool redact, const http::Request& request, http::Answer& answer);

}  // namespace pintle::admin
