#include "batch_item.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"

namespace pintle::customerio {

BatchItem::BatchItem(HttpRequest& request) : request_(request) {
    request_.method = "POST";
    request_.path = batch_path;
    request_.body = batch_begin;
    start_ = request_.body.size();
}

Result<void> BatchItem::close() {
    if (request_.body.size() - start_ > max_item_bytes) return Reason::batch_item_too_large;
    request_.body += batch_end;
    return {};
}

}  // namespace pintle::customerio
