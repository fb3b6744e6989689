#include "enrichment.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

#include <openssl/rand.h>

namespace pintle::ingest {
namespace {

using json::Kind;
using json::Value;

bool missing(Value value) {
    return !value || value.is(Kind::null);
}

// What an event says of a time. A time is short: what is longer is no time, and is not copied.
constexpr std::size_t max_time = 64;  // bytes

// Whether ISO 8601 has four digits for its year; a number that stands for a time may be any.
bool is_writable(WallTime time) {
    using namespace std::chrono;
    return time >= sys_days{year{0} / 1 / 1} && time < sys_days{year{10'000} / 1 / 1};
}

// The time of the event by our clock: the sender's clock may be off, but by as much at sending as at happening.
void correct_timestamp(json::Event& event, const ReceiveTime& now) {
    const Value written = event["originalTimestamp"];
    const auto original = written.raw().size() <= max_time ? customerio::read_time(written) : std::nullopt;
    const auto sent = customerio::read_time(event["sentAt"]);
    if (original && sent && is_writable(WallTime{*original}) && is_writable(WallTime{*sent})) {
        const WallTime corrected = now.time - (*sent - *original);
        if (is_writable(corrected)) return event.set_text("timestamp", Iso8601(corrected).text());
    }
    if (original) return event.set("timestamp", written.raw());
    event.set_text("timestamp", now.iso8601.text());
}

std::string write_uuid(std::array<std::uint8_t, 16> bytes, unsigned version) {
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | version << 4U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant 1
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 15U];
    }
    return text;
}

}  // namespace

std::string make_uuid() {
    std::array<std::uint8_t, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random numbers");
    return write_uuid(bytes, 4);
}

std::string to_uuid(const MessageHash& hash) {
    return write_uuid(hash, 8);
}

void enrich(json::Event& event, std::string_view type, const ReceiveTime& now, std::string_view uuid) {
    if (!type.empty() && event["type"].text() != type) event.set_text("type", type);
    if (!customerio::read_identifier(event["messageId"])) event.set_text("messageId", uuid);
    if (missing(event["timestamp"])) correct_timestamp(event, now);
    event.set_text("receivedAt", now.iso8601.text());
    if (event["writeKey"]) event.remove("writeKey");
}

}  // namespace pintle::ingest
