#include "otlp_json.hpp"

namespace pintle::telemetry {

Json integer(std::uint64_t number) {
    return std::to_string(number);
}

Json unix_nano(SystemTime time) {
    return std::to_string(time.time_since_epoch().count());
}

Json attribute(std::string_view key, std::string_view value) {
    return {{"key", key}, {"value", {{"stringValue", value}}}};
}

Json attribute(std::string_view key, std::int64_t value) {
    return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}};
}

Json resource_json(const Resource& resource) {
    Json attributes = Json::array();
    attributes.push_back(attribute("service.name", "pintle"));
    attributes.push_back(attribute("service.version", resource.version));
    attributes.push_back(attribute("service.instance.id", resource.instance));
    if (!resource.host.empty()) attributes.push_back(attribute("host.name", resource.host));
    return {{"attributes", std::move(attributes)}};
}

Json scope_json(const Resource& resource) {
    return {{"name", "pintle"}, {"version", resource.version}};
}

std::string text_of(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pintle::telemetry
