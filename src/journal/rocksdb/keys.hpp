#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

// How things are named in the database. Numbers are big-endian, so that keys sort as the numbers do.
namespace pintle::journal::keys {

// A record or dead letter: the log, then the offset or id.
std::string numbered(Stream stream, std::uint64_t number);
std::uint64_t number_of(std::string_view key);  // of a `numbered` key; 0: it is none
Stream log_of(std::string_view key);            // likewise

// Message ids that a commit remembers of one source and time: the source, that time, then the commit's number. Their
// hashes are the value.
std::string message_ids(std::string_view source, WallTime time, std::uint64_t number);
std::string seen_from(std::string_view source, WallTime time);  // sorts before all of that source and time
inline constexpr std::string_view message_ids_begin{"\1", 1};   // sorts before all of them
struct MessageIdKey {
    std::string_view source;
    WallTime time;
};
std::optional<MessageIdKey> read_seen(std::string_view key);  // nothing where it is no such key

// Sorts before everything in each column, and is never deleted. Without a key that stays, a compaction in which all was
// deleted writes an empty file, and RocksDB 7.8 aborts the process where the disk fails just then.
inline constexpr std::string_view anchor{"\0", 1};

// Single values.
inline constexpr std::string_view format = "format";    // the version of this layout
inline constexpr std::string_view commit = "commit";    // the number of the last commit
inline constexpr std::string_view log_prefix = "log/";  // followed by its name: its number
inline constexpr std::string_view metadata_prefix = "fact/";

std::string stream(std::string_view name);
std::string acked(Stream stream);            // the settled offsets
std::string pending(Stream stream);          // bytes of the records that are not settled
std::string lost(Stream stream);             // how many records the disk lost; absent: none
std::string letters(Stream stream);          // the totals of its dead letters
std::string letter_accounts(Stream stream);  // before the source's name: what it has of them
std::string letter_account(Stream stream, std::string_view source);
std::string metadata_key(std::string_view name);

// The first text that sorts after all that begin with `prefix`, which ends in no '\xff'.
std::string past(std::string_view prefix);

}  // namespace pintle::journal::keys
