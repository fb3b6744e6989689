#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/admin/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// Selects dead letters: those that match every field that is not empty.
struct DeadLetterQuery {
    std::string destination;
    std::string reason;  // its code, or a part of its message in any case that is not like a code
    std::string user;    // user id, email, anonymous id or previous id
    std::string message_id;
    std::string since;                 // when it was dead-lettered: ISO 8601, or a duration before now such as 1h
    std::string until;                 // the same
    std::vector<std::string> letters;  // DESTINATION/ID each
    bool all = false;                  // must be set to replay or purge without any other field
    bool dry_run = false;              // a replay or a purge only says what it would do

    std::string after;      // `next` of the previous result
    std::size_t limit = 0;  // letters in a result; 0: the default
};

// A result is bounded in letters and in letters that are read; `next` continues the scan and is empty at its end. A
// scan does not return letters that are added while it runs.
struct Letters {
    std::vector<journal::DeadLetter> letters;
    std::string next;
};

// A letter that a replay leaves where it is, as its event still cannot be mapped.
struct UnreplayableLetter {
    std::string letter;  // DESTINATION/ID
    Reason reason;
};

using LettersByReason = std::map<std::string, std::uint64_t>;  // by code

struct Replayed {
    std::uint64_t replayed = 0;
    std::vector<UnreplayableLetter> kept;
    std::string next;
    LettersByReason by_reason = {};  // the replayed ones
    bool dry_run = false;            // nothing was done: this is what would be
};

struct Purged {
    std::uint64_t purged = 0;
    std::string next;
    LettersByReason by_reason = {};
    bool dry_run = false;  // likewise
};

struct Imported {
    std::uint64_t imported = 0;
};

// What an operator does with dead letters. Called on one thread at a time, which may block for the disk; throws
// std::runtime_error where the disk fails.
class DeadLetterOperations {
public:
    virtual ~DeadLetterOperations() = default;

    virtual ApiResult<Letters> list(const DeadLetterQuery& query) = 0;

    // Appends the events of the letters to the backlog and removes the letters; both are on disk when it returns.
    virtual ApiResult<Replayed> replay(const DeadLetterQuery& query) = 0;

    virtual ApiResult<Purged> purge(const DeadLetterQuery& query) = 0;

    // Adds letters of destinations that exist, with ids of their own. All are on disk when it returns, or none is.
    virtual ApiResult<Imported> import(std::vector<journal::DeadLetter> letters) = 0;
};

// The dead letters of one destination, which the configuration may no longer have.
struct DeadLetterStream {
    std::string destination;
    journal::Stream stream = 0;
};

std::vector<DeadLetterStream> dead_letter_streams(const journal::StreamReader& journal);

// What `GET /api/dead-letters` and `pintle dead-letters list` return.
ApiResult<Letters> list_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                     const DeadLetterQuery& query, WallTime now);

// A dead letter as JSON text in one line, as the API and the command line show it. Event and body are the bytes that
// were received and sent. Texts whose bytes JSON cannot hold are there in Base64 as well, so that `letter_of` reads the
// same letter.
std::string to_json(const journal::DeadLetter& letter);

// The letter that `to_json` wrote, without its id and name. 400 if it is none: "event: is missing".
ApiResult<journal::DeadLetter> letter_of(std::string_view json);

}  // namespace pintle::admin
