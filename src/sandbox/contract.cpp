#include "contract.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "fields.hpp"
#include "finding.hpp"
#include "pintle/http/server/query.hpp"
#include "pintle/json/parse.hpp"
#include "v1.hpp"
#include "v2.hpp"

namespace pintle::sandbox {

using nlohmann::json;

namespace {

enum class Form : std::uint8_t { none, v1, merge, entity, batch };  // the form of the body, and of its errors

struct Route {
    std::string_view method;
    std::array<std::string_view, 6> path;  // its parts; "*": a value
    Form form;
    void (*check)(const json& body, Findings& findings);
};

constexpr auto routes = std::to_array<Route>({
    {"PUT", {"api", "v1", "customers", "*"}, Form::v1, v1::check_person},
    {"DELETE", {"api", "v1", "customers", "*"}, Form::none, nullptr},
    {"POST", {"api", "v1", "customers", "*", "events"}, Form::v1, v1::check_event},
    {"PUT", {"api", "v1", "customers", "*", "devices"}, Form::v1, v1::check_device},
    {"DELETE", {"api", "v1", "customers", "*", "devices", "*"}, Form::none, nullptr},
    {"POST", {"api", "v1", "customers", "*", "suppress"}, Form::none, nullptr},
    {"POST", {"api", "v1", "customers", "*", "unsuppress"}, Form::none, nullptr},
    {"POST", {"api", "v1", "events"}, Form::v1, v1::check_anonymous_event},
    {"POST", {"api", "v1", "merge_customers"}, Form::merge, v1::check_merge},
    {"POST", {"api", "v1", "metrics"}, Form::v1, v1::check_metric},
    {"POST", {"api", "v1", "segments", "*", "add_customers"}, Form::v1, v1::check_segment},
    {"POST", {"api", "v1", "segments", "*", "remove_customers"}, Form::v1, v1::check_segment},
    {"GET", {"api", "v1", "accounts", "region"}, Form::none, nullptr},
    {"GET", {"auth"}, Form::none, nullptr},
    {"POST", {"api", "v2", "entity"}, Form::entity, v2::check_entity},
    {"POST", {"api", "v2", "batch"}, Form::batch, nullptr},
});

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty() && path.front() == '/') {
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        parts.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return parts;
}

bool fits(const Route& route, const std::vector<std::string_view>& parts) {
    for (std::size_t i = 0; i < route.path.size(); ++i) {
        if (route.path[i].empty()) return i == parts.size();
        if (i == parts.size()) return false;
        if (route.path[i] != "*" && route.path[i] != parts[i]) return false;
    }
    return parts.size() == route.path.size();
}

void check_path(const Route& route, const std::vector<std::string_view>& parts, Findings& findings) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (route.path[i] != "*") continue;
        const bool person = i == 3;
        const std::string name = person ? "identifier" : "device_id";
        const auto value = http::percent_decoded(parts[i]);
        if (!value) {
            findings.push_back({"invalid", name, name + " in the path is not percent-encoded", std::nullopt});
        } else if (value->empty()) {
            findings.push_back({"required", name, name + " in the path is empty", std::nullopt});
        } else if (person && value->size() > max_identifier) {
            findings.push_back({"too_large", name, name + " in the path must be at most 150 bytes", std::nullopt});
        }
    }
}

json as_errors(const Findings& findings) {
    json errors = json::array();
    for (const Finding& finding : findings) {
        json error{{"reason", finding.reason}, {"field", finding.field}, {"message", finding.message}};
        if (finding.batch_index) error["batch_index"] = *finding.batch_index;
        errors.push_back(std::move(error));
    }
    return errors;
}

// A rejection in the form that the route documents.
Reply refuse(Form form, const Findings& findings) {
    if (form == Form::entity || form == Form::batch)
        return {400, json{{"errors", as_errors(findings)}}.dump(), {}, {}, {}};
    if (form == Form::merge) return {400, meta_error(findings.front().message), {}, {}, {}};
    json messages = json::array();
    for (const Finding& finding : findings) messages.push_back(finding.message);
    return {400, json{{"meta", {{"errors", std::move(messages)}}}}.dump(), {}, {}, {}};
}

Reply refuse(Form form, std::string_view reason, std::string message) {
    return refuse(form, Findings{{std::string(reason), "", std::move(message), std::nullopt}});
}

void collect_id(const json& operation, std::vector<std::string>& ids) {
    const auto id = operation.find("id");
    if (id != operation.end() && id->is_string()) ids.push_back(id->get<std::string>());
}

Reply check_batch(const json& body, const ItemFault& item_fault) {
    Findings findings;
    Fields fields(body, "", findings);
    const json* batch = fields.array("batch", Need::required);
    if (batch == nullptr) return refuse(Form::batch, findings);
    if (batch->empty()) return refuse(Form::batch, "required", "batch must not be empty");
    Reply reply;
    for (std::size_t i = 0; i < batch->size(); ++i) {
        const json& item = (*batch)[i];
        Findings own;
        v2::check_entity(item, own);
        // Measured as compact JSON, as the parser does not report where an item is in the text.
        if (item.dump().size() > max_request)
            own.push_back({"too_large", "", "item is larger than 32 KB", std::nullopt});
        if (own.empty() && item_fault && item_fault()) own.push_back({"invalid", "", "failed on demand", std::nullopt});
        own.empty() ? collect_id(item, reply.ids) : reply.refused_items.push_back(i);
        for (Finding& finding : own) {
            finding.batch_index = i;
            findings.push_back(std::move(finding));
        }
    }
    if (findings.empty()) return reply;
    reply.status = 207;
    reply.body = json{{"errors", as_errors(findings)}}.dump();
    return reply;
}

Reply check_body(const Route& route, std::string_view text, const ItemFault& item_fault) {
    const std::size_t limit = route.form == Form::batch ? max_batch : max_request;
    if (text.size() > limit) {
        return refuse(route.form, "too_large",
                      route.form == Form::batch ? "request is larger than 500 KB" : "request is larger than 32 KB");
    }
    const json body = parse_json(text);
    if (body.is_discarded()) return refuse(route.form, "invalid", "request body is not valid JSON");
    if (!body.is_object()) return refuse(route.form, "invalid", "request body must be a JSON object");
    if (route.form == Form::batch) return check_batch(body, item_fault);
    Findings findings;
    route.check(body, findings);
    if (!findings.empty()) return refuse(route.form, findings);
    Reply reply;
    if (route.check != v1::check_person) collect_id(body, reply.ids);
    return reply;
}

}  // namespace

std::string meta_error(std::string_view error) {
    return json{{"meta", {{"error", error}}}}.dump();
}

Reply check(std::string_view method, std::string_view path, std::string_view body, const ItemFault& item_fault) {
    const auto parts = split(path);
    std::string allow;
    for (const Route& route : routes) {
        if (!fits(route, parts)) continue;
        if (route.method != method) {
            allow.append(allow.empty() ? "" : ", ").append(route.method);
            continue;
        }
        Findings findings;
        check_path(route, parts, findings);
        if (!findings.empty()) return refuse(route.form, findings);
        return route.form == Form::none ? Reply{} : check_body(route, body, item_fault);
    }
    if (allow.empty()) return {404, meta_error("not found"), {}, {}, {}};
    return {405, meta_error("method not allowed"), std::move(allow), {}, {}};
}

}  // namespace pintle::sandbox
