#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pintle/admin/result.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// Which dead letters are meant, as an operator says it: those that every field that is not empty fits.
struct DeadLetterQuery {
    std::string destination;
    std::string reason;                // its code, or in any case a part of its message
    std::string user;                  // user id, email or anonymous id
    std::string since;                 // when it died: ISO 8601, or a duration before now such as 1h
    std::string until;                 // the same
    std::vector<std::string> letters;  // DESTINATION/ID each
    bool all = false;                  // replay and purge of all letters must be meant

    std::string after;      // `next` of the answer before
    std::size_t limit = 0;  // letters an answer; 0: as many as is usual
};

// Every answer is bounded, in letters and in what is looked at. `next` is where the walk goes on; empty: it is done. A
// walk does not meet letters that die while it is under way.
struct Letters {
    std::vector<journal::DeadLetter> letters;
    std::string next;
};

struct Kept {
    std::string letter;  // DESTINATION/ID
    Reason reason;
};

struct Replayed {
    std::uint64_t replayed = 0;
    std::vector<Kept> kept;  // those that still cannot be mapped
    std::string next;
};

struct Purged {
    std::uint64_t purged = 0;
    std::string next;
};

// Where dead letters are kept, looked at, and sent from once more. Called on one thread at a time, which may block for
// the disk; throws std::runtime_error where the disk fails.
class DeadLetterOperations {
public:
    virtual ~DeadLetterOperations() = default;

    virtual Answered<Letters> list(const DeadLetterQuery& query) = 0;

    // Puts the events of such letters at the end of their lanes. On disk when it returns, with their letters gone.
    virtual Answered<Replayed> replay(const DeadLetterQuery& query) = 0;

    virtual Answered<Purged> purge(const DeadLetterQuery& query) = 0;
};

// A dead letter as JSON text in one line, as the API and the command line show it. Event and body are as they were
// sent.
std::string to_json(const journal::DeadLetter& letter);

}  // namespace pintle::admin
