#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// What a look at a journal found, for people.
struct Inspection {
    struct Stream {
        std::string name;
        Ledger ledger;
        std::uint64_t missing = 0;  // of the ledger's lost, those that were not known before
    };
    std::vector<std::string> damages;  // a file or a value, and what is wrong with it
    std::vector<std::string> notes;    // what is not as it was, and does no harm
    std::vector<Stream> streams;
    std::uint64_t message_ids = 0;
    std::string backup;  // of a repair: where the directory as it was is now
};

// Reads all of a stopped daemon's journal and checks it. Changes nothing. Throws std::runtime_error with a message for
// people where there is no journal, or it is in use.
Inspection check_journal(const std::string& directory);

// Writes all that can still be read of a stopped daemon's journal into a new one in its place, and keeps the old one
// beside it. What is gone is counted as lost. Throws std::runtime_error where there is no journal, it is in use, or the
// disk refuses; then the journal is as it was.
Inspection repair_journal(const std::string& directory);

}  // namespace pintle::journal
