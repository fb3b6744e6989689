#include "pintle/mapping/batch.hpp"

#include <utility>

#include "mapping/batch_item.hpp"

namespace pintle::mapping {

bool is_batch_item(const Request& request) {
    return request.path == batch_path;
}

bool Batch::add(const Request& request) {
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

void Batch::finish(Request& out) {
    request_.body += batch_end;
    out.method = "POST";
    out.path = batch_path;
    std::swap(out.body, request_.body);
    request_.body.clear();
    items_ = 0;
}

}  // namespace pintle::mapping
