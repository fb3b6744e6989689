#include "app/config_json.hpp"
#include <nlohmann/json.hpp>
namespace pintle::app {
nlohmann::ordered_json config_json(const Config&) {
    return {};
}
}  // namespace pintle::app
