#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "pintle/journal/journal.hpp"
#include "rocksdb/open.hpp"

namespace pintle::journal {

// What a journal has confirmed of one stream.
struct AcknowledgedLog {
    std::map<Offset, std::string> pending;
    std::set<Offset> acked;
    std::set<std::string> letters;  // their events, each used once
    Offset last = 0;
};

using Acknowledged = std::map<std::string, AcknowledgedLog>;

// Makes a journal with records, some of them acked, dead letters, message ids and metadata, in several tables and
// write-ahead logs.
Acknowledged make_journal(const std::string& directory, std::uint32_t seed);

struct Damage {
    enum class What : std::uint8_t { flip, cut, remove };
    What what{};
    std::string file;
    std::uint64_t at = 0;  // of `flip` the byte, of `cut` the size that is left

    std::string text() const;
    std::string kind() const;  // of the file: WAL, SST, MANIFEST, ...
};

// A place somewhere in all files of the directory, each file as often as any other.
Damage some_damage(const std::string& directory, std::mt19937& random);
void apply_damage(const Damage& damage, const std::string& directory);

// What became of a damaged journal.
struct Outcome {
    std::string refusal;         // of the first open; empty: it opened, or it was opened after a repair
    std::uint64_t missing = 0;   // acknowledged records and dead letters that are not there any more
    std::uint64_t repeated = 0;  // acked records that are there again
    std::string wrong;           // what is not as it was promised; empty: nothing
};

// Opens the journal, repairs it where it is refused, and compares what it holds with what it has acknowledged. Where
// several places are damaged a loss may be counted inexactly, and a repair may be refused.
enum class Damages : std::uint8_t { one, several };
Outcome open_damaged(const std::string& directory, const Acknowledged& acknowledged, Damages damages = Damages::one);

// All of the stream's pending records, past what is damaged.
std::vector<StoredRecord> read_all(const Journal& journal, Stream stream);

Tuning hurried_tuning();

}  // namespace pintle::journal
