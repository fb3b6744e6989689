#pragma once

#include <string>

// Lines of recordings, as `pintle sandbox --record` writes them.
namespace pintle::cli::compare {

inline std::string recorded(const std::string& method, const std::string& path, const std::string& body,
                            unsigned status = 200, const std::string& more = {}) {
    return R"({"seq":1,"method":")" + method + R"(","host":"track.customer.io","path":")" + path + R"(","status":)" +
           std::to_string(status) + more + R"(,"body":)" + body + R"(,"answer":{}})";
}

inline std::string identify(const std::string& person, const std::string& attributes) {
    return recorded("PUT", "/api/v1/customers/" + person, attributes);
}

inline std::string event(const std::string& person, const std::string& body) {
    return recorded("POST", "/api/v1/customers/" + person + "/events", body);
}

inline std::string batch(const std::string& items, unsigned status = 200, const std::string& more = {}) {
    return recorded("POST", "/api/v2/batch", R"({"batch":[)" + items + "]}", status, more);
}

}  // namespace pintle::cli::compare
