#pragma once

#include <cstddef>

#include "pintle/mapping/mapper.hpp"

namespace pintle::mapping {

inline constexpr std::size_t max_item_bytes = 32'000;  // Customer.io says 32 KB; this is the safe reading

// Frames a request as a batch of one item: what is appended to its body between construction and close() is the item.
class BatchItem {
public:
    explicit BatchItem(Request& request);

    // Refuses an item that is too large.
    Result<void> close();

private:
    Request& request_;
    std::size_t start_;
};

}  // namespace pintle::mapping
