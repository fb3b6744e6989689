#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/event.hpp"

namespace pintle::ingest {

// A random UUID (version 4).
std::string make_uuid();

// The UUID (version 8) of these bits.
std::string to_uuid(const MessageHash& hash);

// A time, and its text in events.
struct ReceiveTime {
    explicit ReceiveTime(WallTime at) : time(at), iso8601(at) {}

    WallTime time;
    Iso8601 iso8601;
};

// Adds to a received event: the type of the route if that has one, `uuid` as the messageId if it has none, receivedAt,
// and the timestamp corrected by the error of the sender's clock. Removes `writeKey`. Adds at most
// `max_enrichment_bytes` bytes and the type. `sent`: when the sender's request ended, where that was not now.
void enrich(json::Event& event, std::string_view type, const ReceiveTime& now, std::string_view uuid,
            std::optional<WallTime> sent = {});

inline constexpr std::size_t max_enrichment_bytes = 256;

}  // namespace pintle::ingest
