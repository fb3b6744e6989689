#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

// The keys of the database. Numbers are big-endian, so that keys sort as numbers do.
namespace pintle::journal::keys {

// A record or dead letter: the stream, then the offset or id.
std::string numbered(Stream stream, std::uint64_t number);
std::uint64_t number_of(std::string_view key);  // of a `numbered` key; 0: it is another key
Stream stream_of(std::string_view key);         // likewise

// The message ids of one source and time that a commit stores: source, time, number of the commit. The value is their
// hashes.
std::string message_ids(std::string_view source, WallTime time, std::uint64_t number);
std::string message_ids_from(std::string_view source, WallTime time);  // sorts before all keys of that source and time
inline constexpr std::string_view message_ids_begin{"\1", 1};          // sorts before all of these keys
struct MessageIdKey {
    std::string_view source;
    WallTime time;
};
std::optional<MessageIdKey> parse_message_ids(std::string_view key);  // nothing if it is another key

// Sorts first in each column family and is never deleted. Without it a compaction in which all keys are deleted writes
// an empty file, and RocksDB 7.8 aborts the process if the disk fails at that moment.
inline constexpr std::string_view anchor{"\0", 1};

// Single values.
inline constexpr std::string_view format = "format";       // the version of this layout
inline constexpr std::string_view commit = "commit";       // the number of the last commit
inline constexpr std::string_view stream_prefix = "log/";  // followed by the name; the value is the stream's number
inline constexpr std::string_view metadata_prefix = "fact/";

std::string stream(std::string_view name);
std::string acked(Stream stream);            // the acked offsets
std::string pending(Stream stream);          // bytes of the pending records
std::string lost(Stream stream);             // Losses; absent: none
std::string letters(Stream stream);          // DeadLetterTotals
std::string letter_accounts(Stream stream);  // the prefix of letter_account
std::string letter_account(Stream stream, std::string_view source);
std::string metadata_key(std::string_view name);

// The first key after all keys with the prefix, which must not end in '\xff'.
std::string past(std::string_view prefix);

}  // namespace pintle::journal::keys
