#include "pintle/customerio/batch.hpp"

#include <utility>

#include "batch_item.hpp"
#include "pintle/base/http_message.hpp"

namespace pintle::customerio {

bool is_batch_item(const HttpRequest& request) {
    return request.path == batch_path;
}

bool Batch::add(const HttpRequest& request) {
    if (!is_batch_item(request)) return false;
    std::string_view item = request.body;
    item.remove_prefix(batch_begin.size());
    item.remove_suffix(batch_end.size());
    std::string& body = request_.body;
    if (items_ == 0) {
        body = batch_begin;
    } else if (body.size() + 1 + item.size() + batch_end.size() > max_batch_bytes) {
        return false;
    } else {
        body += ',';
    }
    body += item;
    ++items_;
    return true;
}

void Batch::finish(HttpRequest& out) {
    request_.body += batch_end;
    out.method = "POST";
    out.path = batch_path;
    std::swap(out.body, request_.body);
    request_.body.clear();
    items_ = 0;
}

}  // namespace pintle::customerio
