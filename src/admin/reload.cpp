#include "admin/reload.hpp"

#include <nlohmann/json.hpp>

namespace pintle::admin {

void answer_reload(const Reloaded& reloaded, http::Answer& answer) {
    using nlohmann::ordered_json;
    ordered_json document;
    if (reloaded.problems.empty()) {
        document = {{"changed", reloaded.changed}, {"kept", reloaded.kept}};
    } else {
        answer.status = 422;
        document = {{"error", "the configuration has problems; nothing has changed"}, {"problems", reloaded.problems}};
    }
    answer.body = document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pintle::admin
