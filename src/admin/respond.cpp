#include "respond.hpp"

#include "json.hpp"

namespace pintle::admin {

void say(http::Response& answer, unsigned status, std::string_view message) {
    answer.status = status;
    answer.body = dumped({{"error", message}}) + "\n";
}

}  // namespace pintle::admin
