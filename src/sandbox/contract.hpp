#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle::sandbox {

// What Customer.io's contract says to one request, credentials aside.
struct Reply {
    unsigned status = 200;
    std::string body = "{}";
    std::string allow;             // of a 405: the route's methods
    std::vector<std::string> ids;  // the dedupe ids of what was taken
};

// Pure. `path` is as sent, without query.
Reply check(std::string_view method, std::string_view path, std::string_view body);

// `{"meta":{"error":...}}`, as v1 answers where no field is to blame.
std::string meta_error(std::string_view error);

}  // namespace pintle::sandbox
