#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// The query that the parameters of a request describe. An unknown parameter is an error, so that a misspelled filter
// does not select more letters. `changes`: of a replay or a purge, which may be a dry run.
ApiResult<DeadLetterQuery> read_letter_query(std::string_view parameters, bool changes);

// What a request did, for the log.
struct LettersChanged {
    std::optional<std::uint64_t> count;  // replayed, purged or imported ones; nothing where it only reads, or failed
    bool dry_run = false;
};

// GET and DELETE /api/dead-letters, GET of its /export, POST of its /replay. May block for the disk.
LettersChanged answer_letters(DeadLetterOperations& dead_letters, bool redact, const http::Request& request,
                              http::Response& response);

// POST /api/dead-letters/import. May block for the disk.
LettersChanged answer_import(DeadLetterOperations& dead_letters, const http::Request& request,
                             http::Response& response);

// GET and DELETE /api/dead-letters/{destination}/{id}, POST of its /replay; 404 where there is no such letter. May
// block for the disk.
LettersChanged answer_letter(DeadLetterOperations& dead_letters, bool redact, const std::string& destination,
                             const std::string& id, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
