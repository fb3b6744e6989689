#include "admin/say.hpp"

#include <nlohmann/json.hpp>

namespace pintle::admin {

void say(http::Answer& answer, unsigned status, std::string_view message) {
    using nlohmann::ordered_json;
    answer.status = status;
    answer.body = ordered_json{{"error", message}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pintle::admin
