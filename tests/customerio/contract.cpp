#include "contract.hpp"
#include "pintle/base/http_message.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <vector>

namespace pintle::customerio {
namespace {

using nlohmann::json;

std::vector<std::string> segments(const std::string& path) {
    std::vector<std::string> fields(1);
    for (const char c : path) {
        if (c == '/') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

bool matches(const std::string& pattern, const std::string& path) {
    return std::ranges::equal(segments(pattern), segments(path),
                              [](const std::string& expected, const std::string& got) {
                                  return expected.starts_with('{') ? !got.empty() : expected == got;
                              });
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool has_type(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return true;
}

// A device's platform may be unknown; and the anonymous id of a screen view whose path names the person is needless.
bool is_optional_all_the_same(const std::string& name) {
    return name == "platform" || name == "anonymous_id";
}

bool is_the_users(const std::string& name) {
    static const std::set<std::string> names{"attributes", "data", "platform"};
    return names.contains(name);
}

}  // namespace

Contract::Contract() {
    std::ifstream file(std::filesystem::path(PINTLE_TEST_DATA) / "customerio-track-openapi.json");
    document_ = json::parse(file);
}

std::string Contract::broken_by(const HttpRequest& request) const {
    for (const auto& [pattern, operations] : document_.at("paths").items()) {
        const std::string method = lower(request.method);
        if (!matches(pattern, request.path) || !operations.contains(method)) continue;
        const json& operation = operations.at(method);
        if (!operation.contains("requestBody")) return request.body.empty() ? "" : "a body where there is none";
        const json body = json::parse(request.body);
        if (!body.is_object()) return "a body that is no object";
        if (pattern == "/api/v1/customers/{identifier}") return person_broken_by(body);
        const json& schema = operation.at("requestBody").at("content").at("application/json").at("schema");
        return holds(schema, body) ? "" : "a body that breaks the schema";
    }
    return "an unknown call";
}

// All of a person's attributes on v1 are the user's, but for a relationship that the mapper wrote: nothing else has an
// action there.
std::string Contract::person_broken_by(const json& body) const {
    const json relationships = body.value("cio_relationships", json());
    if (!relationships.is_object() || relationships.value("action", json()) != "add_relationships") return "";
    const json& schema = document_.at("components").at("schemas").at("v1_cio_relationships");
    if (!holds(schema, relationships)) return "a relationship that breaks the schema";
    return relationships.at("relationships").size() == 1 ? "" : "not one relationship";
}

bool Contract::holds(const json& schema, const json& value) const {
    if (schema.contains("$ref")) {
        const auto reference = schema.at("$ref").get<std::string>();
        return holds(document_.at(json::json_pointer(reference.substr(1))), value);
    }
    const auto all = [&](const json& schemas) {
        return std::ranges::all_of(schemas, [&](const json& each) { return holds(each, value); });
    };
    const auto any = [&](const json& schemas) {
        return std::ranges::any_of(schemas, [&](const json& each) { return holds(each, value); });
    };
    if (schema.contains("allOf") && !all(schema.at("allOf"))) return false;
    if (schema.contains("anyOf") && !any(schema.at("anyOf"))) return false;
    if (schema.contains("oneOf") && !any(schema.at("oneOf"))) return false;
    if (schema.contains("type") && !has_type(value, schema.at("type"))) return false;
    if (schema.contains("enum") && std::ranges::find(schema.at("enum"), value) == schema.at("enum").end()) return false;
    if (value.is_array() && schema.contains("items")) {
        return std::ranges::all_of(value, [&](const json& item) { return holds(schema.at("items"), item); });
    }
    return !value.is_object() || holds_object(schema, value);
}

bool Contract::holds_object(const json& schema, const json& value) const {
    for (const json& name : schema.value("required", json::array())) {
        if (!is_optional_all_the_same(name) && !value.contains(name)) return false;
    }
    const json properties = schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        if (!value.contains(name)) continue;
        if (is_the_users(name) ? (name != "platform" && !value.at(name).is_object())
                               : !holds(property, value.at(name))) {
            return false;
        }
    }
    return true;
}

}  // namespace pintle::customerio
