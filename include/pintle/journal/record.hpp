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

// An accepted event as the journal stores it: a compact binary head and the enriched event. Views point into the bytes
// that were decoded, or into what the encoder's caller owns.
struct Record {
    std::string_view source;
    std::string_view destination;
    WallTime received;
    MessageHash message{};
    OrderingKeys keys;
    std::string_view event;  // JSON, as the input of `pintle transform`
    WallTime replayed;       // when it was replayed from the dead letters; the epoch: it was not
    WallTime age_start;      // when it was appended, by the AgeClock; the epoch: unknown

    // When it was appended, by the AgeClock: its age, which bounds its retries, counts from here.
    WallTime queued() const {
        if (age_start != WallTime{}) return age_start;
        return replayed > received ? replayed : received;
    }
};

// Appends to `out`. Names have up to 255 bytes, as the configuration ensures.
void encode(const Record& record, std::string& out);

// Appends all but the event. `size` is the maximum size of the event that the caller will append.
void encode_head(const Record& record, std::size_t size, std::string& out);

// Returns nothing if `bytes` is not a record of a known version.
std::optional<Record> decode(std::string_view bytes);

// Whether `bytes` begin as a record of a later version, or with a member that this version does not know.
bool is_of_newer_version(std::string_view bytes);

}  // namespace pintle::journal
