#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::sandbox {

// Customer.io's response to one request by its published contract, without credentials.
struct Reply {
    unsigned status = 200;
    std::string body = "{}";
    std::string allow;                       // for 405: the methods of the route
    std::vector<std::string> ids;            // the dedupe ids of accepted events
    std::vector<std::size_t> refused_items;  // for 207: the indexes of the rejected items, rising
};

// True: the next item of a batch is rejected although it is valid.
using ItemFault = std::function<bool()>;

// Pure except for the faults. `path` is as sent, without the query.
Reply check(std::string_view method, std::string_view path, std::string_view body, const ItemFault& item_fault = {});

// `{"meta":{"error":...}}`, the v1 error that names no field.
std::string meta_error(std::string_view error);

}  // namespace pintle::sandbox
