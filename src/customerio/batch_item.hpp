#pragma once

#include <cstddef>
#include <string_view>

#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

inline constexpr std::size_t max_item_bytes = 32'000;  // Customer.io documents 32 KB

inline constexpr std::string_view batch_path = "/api/v2/batch";
inline constexpr std::string_view batch_begin = R"({"batch":[)";
inline constexpr std::string_view batch_end = "]}";

// Makes a request a batch of one item: what is appended to its body between the constructor and `close` is the item.
class BatchItem {
public:
    explicit BatchItem(HttpRequest& request);

    // Returns Reason::batch_item_too_large if it is.
    Result<void> close();

private:
    HttpRequest& request_;
    std::size_t start_;
};

}  // namespace pintle::customerio
