#include "mapping/batch_item.hpp"

namespace pintle::mapping {

BatchItem::BatchItem(Request& request) : request_(request) {
    request_.method = "POST";
    request_.path = "/api/v2/batch";
    request_.body = R"({"batch":[)";
    start_ = request_.body.size();
}

Result<void> BatchItem::close() {
    if (request_.body.size() - start_ > max_item_bytes) return Refusal{"batch item is larger than 32 KB"};
    request_.body += "]}";
    return {};
}

}  // namespace pintle::mapping
