#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::sandbox {

// What Customer.io's contract says to one request, credentials aside.
struct Reply {
    unsigned status = 200;
    std::string body = "{}";
    std::string allow;                       // of a 405: the route's methods
    std::vector<std::string> ids;            // the dedupe ids of what was taken
    std::vector<std::size_t> refused_items;  // of a 207: where in the batch, rising
};

// Whether a batch's next item is refused although it is right.
using ItemFault = std::function<bool()>;

// Pure, but for the faults. `path` is as sent, without query.
Reply check(std::string_view method, std::string_view path, std::string_view body, const ItemFault& item_fault = {});

// `{"meta":{"error":...}}`, as v1 answers where no field is to blame.
std::string meta_error(std::string_view error);

}  // namespace pintle::sandbox
