#pragma once

#include <cstddef>

#include "pintle/base/http_message.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

// Customer.io says that a request to /api/v2/batch must be smaller than 500 KB; this is the safe reading.
inline constexpr std::size_t max_batch_bytes = 500'000;

// Whether it may share a request with others.
bool is_batch_item(const HttpRequest& request);

// Batch items gathered into one request. Not thread-safe; its memory is reused.
class Batch {
public:
    // Takes in what a Mapper made. False where it has no room any more, or `request` is no batch item: it is then as it
    // was. The first one always fits if it is an item.
    bool add(const HttpRequest& request);

    std::size_t size() const noexcept { return items_; }

    // All of them as one request; the batch is empty behind it. Only where there is at least one.
    void finish(HttpRequest& out);

private:
    HttpRequest request_;
    std::size_t items_ = 0;
};

}  // namespace pintle::customerio
