#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "pending_record.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::delivery {

// A record as ingest appends it.
inline std::string record_bytes(const OrderingKeys& keys, std::string_view event, WallTime received) {
    journal::Record record;
    record.source = "web";
    record.destination = "customerio";
    record.received = received;
    record.keys = keys;
    record.event = event;
    std::string bytes;
    journal::encode(record, bytes);
    return bytes;
}

// A record of `size` bytes, at least 64.
inline PendingRecord record_of_size(journal::Offset offset, std::size_t size) {
    std::string bytes = record_bytes({}, {}, {});
    bytes.resize(size, 'x');
    journal::StoredRecord stored{offset, std::move(bytes)};
    return std::move(PendingRecord::decode(stored).value());
}

}  // namespace pintle::delivery
