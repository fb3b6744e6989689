#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/event.hpp"

namespace pintle::ingest {

// A version 4 UUID from OpenSSL's random numbers.
std::string make_uuid();

// A version 8 UUID of these bits, always the same.
std::string to_uuid(const MessageHash& hash);

// A moment, and how events write it.
struct ReceiveTime {
    explicit ReceiveTime(WallTime at) : time(at), iso8601(at) {}

    WallTime time;
    Iso8601 iso8601;
};

// What an event gets on its arrival, set in place: its type where the route says it, a messageId, receivedAt, and a
// timestamp corrected by the sender's clock. `uuid` is used where the event has no messageId. Nothing of a write key
// stays in the event. At most `max_enrichment_bytes` bytes are added, and the type.
void enrich(json::Event& event, std::string_view type, const ReceiveTime& now, std::string_view uuid);

inline constexpr std::size_t max_enrichment_bytes = 256;

}  // namespace pintle::ingest
