#include "mapping/batch_item.hpp"

namespace pintle::mapping {

BatchItem::BatchItem(Request& request) : request_(request) {
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

}  // namespace pintle::mapping
