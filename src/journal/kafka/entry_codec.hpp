#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "ledger_codec.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

enum class EntryKind : std::uint8_t {
    event = 1,    // an accepted event
    letter = 2,   // an event that became a dead letter at once
    replay = 3,   // an event that replays a letter
    purge = 4,    // deletes letters
    command = 5,  // for the owner's process
    discard = 6,  // deletes all events before it and all letters
    copy = 7,     // takes the place of an event's first record, or of an earlier copy
};

// Later versions add kinds of this range only. So what somebody else writes to the topic is not taken for a record of a
// later version: texts begin with none of these bytes, and messages of Protocol Buffers, Avro or Thrift seldom do.
inline constexpr std::uint8_t first_later_kind = 14;
inline constexpr std::uint8_t last_later_kind = 31;

// What one record of a destination's topic says.
struct Entry {
    EntryKind kind = EntryKind::event;
    std::string_view bytes;       // of an event, a replay or a copy: the record; the encoded letter; the command
    MessageHash message{};        // of a letter; zero: it is no repetition
    std::vector<Offset> letters;  // of a replay: the one it replays; of a purge: all it deletes
    Offset event = 0;             // of a copy: the offset of the event's first record
};

std::string encode_event(std::string_view record);
std::string encode_letter(const MessageHash& message, std::string_view letter);
std::string encode_replay(Offset letter, std::string_view record);
std::string encode_purge(const std::vector<Offset>& letters);
std::string encode_command(std::string_view command);
std::string encode_discard();
std::string encode_copy(Offset event, std::string_view record);

// The result's views are of `bytes`. A kind that a later version may add, or an event whose record is of a later
// version, is `newer_version`. What is no record of pintle is `damaged`. An event that cannot be decoded for another
// reason is returned all the same: its bytes become a dead letter.
boost::system::result<Entry, DecodeError> decode_entry(std::string_view bytes);

}  // namespace pintle::journal::kafka
