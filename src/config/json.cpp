#include "pintle/config/json.hpp"

#include <nlohmann/json.hpp>

#include "fields.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::config {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Field& field, const std::string& text) {
    if (field.secret) return text.empty() ? "" : "***";
    return field.bare ? parse_json<Json>(text) : Json(text);
}

// Each as `name=value`.
Json json_of_settings(const std::vector<std::string>& texts) {
    Json map = Json::object();
    for (const std::string& text : texts) {
        const auto end = text.find('=');
        const auto name = text.substr(0, end);
        map[name] = kafka::is_secret_setting(name) ? "***" : text.substr(end + 1);
    }
    return map;
}

Json json_of(const Fields& fields);

Json json_of(const Field& field) {
    Json all = Json::array();
    if (field.shape == Field::Shape::maps) {
        for (const Fields& item : field.items()) all.push_back(json_of(item));
        return all;
    }
    if (field.shape == Field::Shape::settings) return json_of_settings(field.show());
    for (const std::string& text : field.show()) all.push_back(json_of(field, text));
    if (field.shape == Field::Shape::list || all.size() > 1) return all;
    if (all.empty()) return field.secret ? Json("") : all;
    return all.front();
}

Json json_of(const Fields& fields) {
    Json map = Json::object();
    for (const Field& field : fields) {
        Json* place = &map;
        std::string_view path = field.path;
        for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
            place = &(*place)[std::string(path.substr(0, dot))];
            path.remove_prefix(dot + 1);
        }
        (*place)[std::string(path)] = json_of(field);
    }
    return map;
}

}  // namespace

nlohmann::ordered_json config_json(const Config& config) {
    Config copy = config;  // fields can be written to
    return json_of(fields_of(copy));
}

}  // namespace pintle::config
