#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// The version of the layout of a journal's directory that this program writes, and the only one that it reads.
inline constexpr std::uint64_t journal_format = 1;

// The findings of a check or repair, for people.
struct Inspection {
    struct Stream {
        std::string name;
        Ledger ledger;
        std::uint64_t missing = 0;  // newly found lost events, part of `ledger.lost`
    };
    std::vector<std::string> damages;  // a file or value, and what is wrong with it
    std::vector<std::string> notes;    // other differences, which are harmless
    std::vector<Stream> streams;
    std::uint64_t lost = 0;         // the newly found lost events of all streams
    std::uint64_t message_ids = 0;  // that can be read; how many are missing is not known
    std::uint64_t format = 0;       // 0: it could not be read
    std::string backup;             // of a repair: the directory that holds the old journal
};

// Reads and checks the whole journal of a stopped daemon. Changes nothing. Throws std::runtime_error with a message for
// people: NoJournal if there is none, JournalInUse if a daemon has it open.
Inspection check_journal(const std::string& directory);

// Replaces the journal of a stopped daemon by a new one with all that can be read, and keeps the old one beside it.
// What is missing counts as lost. Throws std::runtime_error if there is no journal (NoJournal), it is in use
// (JournalInUse), or the disk fails; then the journal is unchanged.
Inspection repair_journal(const std::string& directory);

}  // namespace pintle::journal
