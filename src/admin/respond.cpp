#include "respond.hpp"

#include "json.hpp"

namespace pintle::admin {

void respond_error(http::Response& response, unsigned status, std::string_view message) {
    response.status = status;
    response.body = dumped({{"error", message}}) + "\n";
}

}  // namespace pintle::admin
