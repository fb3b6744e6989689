#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/time.hpp"

namespace pintle::journal {

// What the journal keeps of an accepted event: a compact binary head and the stamped event's text. Views point into
// the bytes it was decoded from, or into what the encoder's caller owns.
struct Record {
    std::string_view source;
    std::string_view destination;
    WallTime received;
    MessageHash message{};
    OrderingKeys keys;
    std::string_view event;  // JSON, what `pintle transform` takes
    WallTime replayed;       // when it came back from the dead letters; the epoch where it did not
    WallTime age_start;      // when it took its place in the log, by the AgeClock; the epoch where that is not said

    // When it took its place in the log: the age that bounds its retries counts from here, by the AgeClock.
    WallTime queued() const {
        if (age_start != WallTime{}) return age_start;
        return replayed > received ? replayed : received;
    }
};

// Appends to `out`. Names of up to 255 bytes; the configuration sees to that.
void encode(const Record& record, std::string& out);

// The same up to the event, of up to `size` bytes, which is to be appended; `record.event` is not looked at.
void encode_head(const Record& record, std::size_t size, std::string& out);

// Nothing where `bytes` is no record of a version known here.
std::optional<Record> decode(std::string_view bytes);

}  // namespace pintle::journal
