#include "rocksdb/keys.hpp"
#include "pintle/base/time.hpp"

#include <algorithm>

namespace pintle::journal::keys {
namespace {

void put_big_endian(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

std::uint64_t take_big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) number = number << 8U | static_cast<std::uint8_t>(byte);
    return number;
}

// A time before the epoch must not sort last.
std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

}  // namespace

std::string numbered(Stream stream, std::uint64_t number) {
    std::string key;
    put_big_endian(key, stream, 4);
    put_big_endian(key, number, 8);
    return key;
}

std::uint64_t number_of(std::string_view key) {
    return key.size() == 12 ? take_big_endian(key.substr(4)) : 0;
}

Stream stream_of(std::string_view key) {
    return key.size() == 12 ? static_cast<Stream>(take_big_endian(key.substr(0, 4))) : 0;
}

std::string message_ids(std::string_view source, WallTime time, std::uint64_t number) {
    auto key = message_ids_from(source, time);
    put_big_endian(key, number, 8);
    return key;
}

std::string message_ids_from(std::string_view source, WallTime time) {
    std::string key(message_ids_begin);
    key.append(source) += '\0';
    put_big_endian(key, milliseconds(time), 8);
    return key;
}

std::optional<MessageIdKey> parse_message_ids(std::string_view key) {
    constexpr std::size_t behind = 17;  // a NUL, the time and the number
    if (key.size() <= behind || !key.starts_with(message_ids_begin) || key[key.size() - behind] != '\0')
        return std::nullopt;
    MessageIdKey message_ids;
    message_ids.source = key.substr(1, key.size() - 1 - behind);
    const auto time = take_big_endian(key.substr(key.size() - 16, 8));
    message_ids.time = WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(time)));
    return message_ids;
}

std::string stream(std::string_view name) {
    return std::string(stream_prefix).append(name);
}

std::string acked(Stream stream) {
    return "settled/" + std::to_string(stream);
}

std::string pending(Stream stream) {
    return "pending/" + std::to_string(stream);
}

std::string lost(Stream stream) {
    return "lost/" + std::to_string(stream);
}

std::string letters(Stream stream) {
    return "letters/" + std::to_string(stream);
}

std::string letter_accounts(Stream stream) {
    return "letter_accounts/" + std::to_string(stream) + '/';
}

std::string letter_account(Stream stream, std::string_view source) {
    return letter_accounts(stream).append(source);
}

std::string metadata_key(std::string_view name) {
    return std::string(metadata_prefix).append(name);
}

std::string past(std::string_view prefix) {
    std::string end(prefix);
    ++end.back();
    return end;
}

}  // namespace pintle::journal::keys
