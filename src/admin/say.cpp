#include "admin/say.hpp"

#include "admin/json.hpp"

namespace pintle::admin {

void say(http::Answer& answer, unsigned status, std::string_view message) {
    answer.status = status;
    answer.body = dumped({{"error", message}}) + "\n";
}

}  // namespace pintle::admin
