#pragma once

#include <cstddef>

#include "pintle/base/http_message.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

// Customer.io requires requests to /api/v2/batch to be smaller than 500 KB, here read as 500,000 bytes.
inline constexpr std::size_t max_batch_bytes = 500'000;

// Whether the request can be an item of a batch.
bool is_batch_item(const HttpRequest& request);

// Builds one request from batch items. Not thread-safe; reuses its memory.
class Batch {
public:
    // Adds a request that a Mapper made. Returns false and changes nothing if there is no room or it is not a batch
    // item. The first item always fits.
    bool add(const HttpRequest& request);

    std::size_t size() const noexcept { return items_; }

    // Writes the request with all items and empties the batch, which must not be empty.
    void finish(HttpRequest& out);

private:
    HttpRequest request_;
    std::size_t items_ = 0;
};

}  // namespace pintle::customerio
