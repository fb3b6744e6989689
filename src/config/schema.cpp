#include "pintle/config/schema.hpp"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "fields.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::config {
namespace {

using Json = nlohmann::ordered_json;

Json map_schema(const Fields& fields, const std::string& path);

// Any value but a text may also be a reference to an environment variable, which is a text.
Json value_schema(const Field& field) {
    Json schema = field.schema();
    Json alternatives = Json::array();
    if (schema.contains("anyOf")) {
        alternatives = std::move(schema["anyOf"]);
    } else {
        alternatives.push_back(std::move(schema));
    }
    if (!field.free_text) alternatives.push_back({{"type", "string"}, {"pattern", R"(\$\{)"}});
    if (field.secret) {
        alternatives.push_back({{"type", "object"},
                                {"properties", {{"file", {{"type", "string"}}}}},
                                {"required", {"file"}},
                                {"additionalProperties", false}});
    }
    if (alternatives.size() == 1) return alternatives.front();
    return {{"anyOf", std::move(alternatives)}};
}

Json list_schema(Json items) {
    return {{"type", "array"}, {"items", std::move(items)}};
}

Json shape_schema(const Field& field, const std::string& path) {
    switch (field.shape) {
        case Field::Shape::value: return value_schema(field);
        case Field::Shape::list: return list_schema(value_schema(field));
        case Field::Shape::value_or_list: {
            Json value = value_schema(field);
            Json list = list_schema(value);
            return {{"anyOf", {std::move(value), std::move(list)}}};
        }
        case Field::Shape::settings: {
            Field setting = field;
            setting.secret = setting.free_text = true;
            return {{"type", {"object", "null"}}, {"additionalProperties", value_schema(setting)}};
        }
        case Field::Shape::maps: return list_schema(map_schema(field.item(), path + '.'));
    }
    return {};
}

Json default_of(const Field& field) {
    if (field.shape == Field::Shape::settings) return Json::object();
    Json values = Json::array();
    for (const std::string& text : field.show()) values.push_back(field.bare ? parse_json<Json>(text) : Json(text));
    return field.shape == Field::Shape::value ? values.at(0) : values;
}

Json field_schema(const Field& field, const std::string& path) {
    Json schema = {{"description", field.help}};
    if (!field.variable.empty()) {
        schema["description"] = std::string(field.help) + "\n\nVariable: " + field.variable;
    }
    schema.update(shape_schema(field, path));
    if (!field.required && field.shape != Field::Shape::maps) schema["default"] = default_of(field);
    return schema;
}

Json object_schema(std::string_view help) {
    Json schema = Json::object();
    if (!help.empty()) schema["description"] = help;
    // An empty map is null in YAML.
    schema.update(Json{{"type", {"object", "null"}}, {"properties", Json::object()}, {"additionalProperties", false}});
    return schema;
}

// `path` is what help_of_map calls the map, with a dot, or "".
Json map_schema(const Fields& fields, const std::string& path) {
    Json schema = object_schema({});
    for (const Field& field : fields) {
        Json* map = &schema;
        std::string map_path = path;
        std::string_view rest = field.path;
        for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
            const std::string key(rest.substr(0, dot));
            map_path += key;
            Json& properties = (*map)["properties"];
            if (!properties.contains(key)) properties[key] = object_schema(help_of_map(map_path));
            map = &properties[key];
            map_path += '.';
            rest.remove_prefix(dot + 1);
        }
        const std::string key(rest);
        (*map)["properties"][key] = field_schema(field, map_path + key);
        // What may come from the environment may be missing in the file.
        if (field.required && field.variable.empty()) (*map)["required"].push_back(key);
    }
    return schema;
}

}  // namespace

nlohmann::ordered_json config_schema() {
    Config config;
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "pintle's configuration"}};
    schema.update(map_schema(fields_of(config), ""));
    return schema;
}

}  // namespace pintle::config
