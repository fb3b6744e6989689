#pragma once

#include <cstddef>
#include <string_view>

#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

inline constexpr std::size_t max_item_bytes = 32'000;  // Customer.io says 32 KB; this is the safe reading

inline constexpr std::string_view batch_path = "/api/v2/batch";
inline constexpr std::string_view batch_begin = R"({"batch":[)";
inline constexpr std::string_view batch_end = "]}";

// Frames a request as a batch of one item: what is appended to its body between construction and close() is the item.
class BatchItem {
public:
    explicit BatchItem(HttpRequest& request);

    // Reason::batch_item_too_large where it is.
    Result<void> close();

private:
    HttpRequest& request_;
    std::size_t start_;
};

}  // namespace pintle::customerio
