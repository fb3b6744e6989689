#include "entry_codec.hpp"

#include <optional>

#include "pintle/journal/record.hpp"
#include "varint.hpp"

namespace pintle::journal::kafka {
namespace {

// A record: kind u8 | what the kind has. Numbers are varints, what comes last has no length before it.
std::string begin(EntryKind kind, std::size_t size = 0) {
    std::string out;
    out.reserve(1 + size);
    out.push_back(static_cast<char>(kind));
    return out;
}

// Of a record that names another one and has an event.
std::string encode(EntryKind kind, Offset offset, std::string_view record) {
    auto out = begin(kind, 10 + record.size());
    put_varint(out, offset);
    return out.append(record);
}

std::optional<Offset> read_letter(std::string_view& in, Entry& entry) {
    const auto letter = get_varint(in);
    if (letter) entry.letters.push_back(*letter);
    return letter;
}

bool read_purge(std::string_view in, Entry& entry) {
    const auto count = get_varint(in);
    if (!count || *count > in.size()) return false;
    for (auto left = *count; left > 0; --left) {
        if (!read_letter(in, entry)) return false;
    }
    return in.empty();
}

boost::system::result<Entry, DecodeError> decode_event(std::string_view record, Entry& entry) {
    if (is_of_newer_version(record)) return DecodeError::newer_version;
    entry.bytes = record;
    return entry;
}

}  // namespace

std::string encode_event(std::string_view record) {
    return begin(EntryKind::event, record.size()).append(record);
}

std::string encode_letter(const MessageHash& message, std::string_view letter) {
    auto out = begin(EntryKind::letter, message.size() + letter.size());
    out.append(reinterpret_cast<const char*>(message.data()), message.size());
    return out.append(letter);
}

std::string encode_replay(Offset letter, std::string_view record) {
    return encode(EntryKind::replay, letter, record);
}

std::string encode_purge(const std::vector<Offset>& letters) {
    auto out = begin(EntryKind::purge);
    put_varint(out, letters.size());
    for (const auto letter : letters) put_varint(out, letter);
    return out;
}

std::string encode_command(std::string_view command) {
    return begin(EntryKind::command, command.size()).append(command);
}

std::string encode_discard() {
    return begin(EntryKind::discard);
}

std::string encode_copy(Offset event, std::string_view record) {
    return encode(EntryKind::copy, event, record);
}

boost::system::result<Entry, DecodeError> decode_entry(std::string_view bytes) {
    if (bytes.empty()) return DecodeError::damaged;
    Entry entry;
    entry.kind = static_cast<EntryKind>(bytes.front());
    auto rest = bytes.substr(1);
    switch (entry.kind) {
        case EntryKind::replay:
            if (!read_letter(rest, entry)) return DecodeError::damaged;
            return decode_event(rest, entry);
        case EntryKind::copy: {
            const auto event = get_varint(rest);
            if (!event) return DecodeError::damaged;
            entry.event = *event;
            return decode_event(rest, entry);
        }
        case EntryKind::event: return decode_event(rest, entry);
        case EntryKind::letter:
            if (rest.size() < entry.message.size()) return DecodeError::damaged;
            rest.copy(reinterpret_cast<char*>(entry.message.data()), entry.message.size());
            entry.bytes = rest.substr(entry.message.size());
            return entry;
        case EntryKind::purge:
            if (!read_purge(rest, entry)) return DecodeError::damaged;
            return entry;
        case EntryKind::command: entry.bytes = rest; return entry;
        case EntryKind::discard: return entry;
    }
    const auto kind = static_cast<std::uint8_t>(bytes.front());
    return kind >= first_later_kind && kind <= last_later_kind ? DecodeError::newer_version : DecodeError::damaged;
}

}  // namespace pintle::journal::kafka
