#include "journal/keys.hpp"

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

// Times before the epoch do not occur, but must not sort last.
std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

}  // namespace

std::string numbered(Log log, std::uint64_t number) {
    std::string key;
    put_big_endian(key, log, 4);
    put_big_endian(key, number, 8);
    return key;
}

std::uint64_t number_of(std::string_view key) {
    return key.size() == 12 ? take_big_endian(key.substr(4)) : 0;
}

Log log_of(std::string_view key) {
    return key.size() == 12 ? static_cast<Log>(take_big_endian(key.substr(0, 4))) : 0;
}

std::string seen(std::string_view source, WallTime time, std::uint64_t number) {
    auto key = seen_from(source, time);
    put_big_endian(key, number, 8);
    return key;
}

std::string seen_from(std::string_view source, WallTime time) {
    std::string key(seen_begin);
    key.append(source) += '\0';
    put_big_endian(key, milliseconds(time), 8);
    return key;
}

std::optional<Seen> read_seen(std::string_view key) {
    constexpr std::size_t behind = 17;  // the mark behind the source, the time and the number
    if (key.size() <= behind || !key.starts_with(seen_begin) || key[key.size() - behind] != '\0') return std::nullopt;
    Seen seen;
    seen.source = key.substr(1, key.size() - 1 - behind);
    const auto time = take_big_endian(key.substr(key.size() - 16, 8));
    seen.time = WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(time)));
    return seen;
}

std::string log(std::string_view name) {
    return std::string(log_prefix).append(name);
}

std::string settled(Log log) {
    return "settled/" + std::to_string(log);
}

std::string pending(Log log) {
    return "pending/" + std::to_string(log);
}

std::string lost(Log log) {
    return "lost/" + std::to_string(log);
}

std::string letters(Log log) {
    return "letters/" + std::to_string(log);
}

std::string letter_accounts(Log log) {
    return "letter_accounts/" + std::to_string(log) + '/';
}

std::string letter_account(Log log, std::string_view source) {
    return letter_accounts(log).append(source);
}

std::string fact(std::string_view name) {
    return std::string(fact_prefix).append(name);
}

std::string past(std::string_view prefix) {
    std::string end(prefix);
    ++end.back();
    return end;
}

}  // namespace pintle::journal::keys
