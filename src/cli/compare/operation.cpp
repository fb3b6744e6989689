#include "compare/operation.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "pintle/customerio/email.hpp"
#include "pintle/http/server/query.hpp"
#include "pintle/json/depth.hpp"

namespace pintle::cli::compare {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view cio_prefix = "cio_";

// The segments of a path, decoded.
std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        segments.push_back(http::percent_decoded(segment).value_or(std::string(segment)));
    }
    return segments;
}

// The identifiers object of the person in a v1 path, as pintle names a person in v2.
Tree identifiers_of(std::string_view person) {
    Tree identifiers = Tree::object();
    if (person.size() > cio_prefix.size() && person.starts_with(cio_prefix)) {
        identifiers.set("cio_id", Tree::string(person.substr(cio_prefix.size())));
    } else {
        identifiers.set(customerio::is_email_address(person) ? "email" : "id", Tree::string(person));
    }
    return identifiers;
}

Tree person_item(std::string_view action) {
    Tree item = Tree::object();
    item.set("type", Tree::string("person"));
    item.set("action", Tree::string(action));
    return item;
}

void move_member(Tree& from, std::string_view name, Tree& to, std::string_view new_name) {
    if (from.find(name) != nullptr) to.set(new_name, from.remove(name));
}

Tree identify_item(Tree attributes) {
    Tree item = person_item("identify");
    move_member(attributes, "_timestamp", item, "timestamp");
    if (Tree* relationships = attributes.find("cio_relationships")) {
        const Tree* action = relationships->find("action");
        const Tree* list = relationships->find("relationships");
        const bool adds = action == nullptr || action->text() == "add_relationships";
        if (adds && list != nullptr && list->is(Kind::array)) {
            item.set("cio_relationships", relationships->remove("relationships"));
            attributes.remove("cio_relationships");
        }
    }
    item.set("attributes", std::move(attributes));
    return item;
}

Tree event_item(Tree body) {
    const Tree type = body.remove("type");
    move_member(body, "data", body, "attributes");
    body.set("type", Tree::string("person"));
    body.set("action", Tree::string(type.is(Kind::string) ? type.text() : "event"));
    return body;
}

Tree anonymous_event_item(Tree body) {
    Tree identifiers = Tree::object();
    move_member(body, "anonymous_id", identifiers, "anonymous_id");
    Tree item = event_item(std::move(body));
    item.set("identifiers", std::move(identifiers));
    return item;
}

// In v1 all members are attributes, and those of the member `attributes` too.
Tree device_item(Tree body) {
    Tree item = person_item("add_device");
    Tree attributes = body.remove("device");
    Tree device = Tree::object();
    move_member(attributes, "id", device, "token");
    move_member(attributes, "last_used", device, "last_used");
    move_member(attributes, "platform", device, "platform");
    device.set("attributes", std::move(attributes));
    item.set("device", std::move(device));
    return item;
}

Tree delete_device_item(std::string_view token) {
    Tree item = person_item("delete_device");
    Tree device = Tree::object();
    device.set("token", Tree::string(token));
    item.set("device", std::move(device));
    return item;
}

Tree merge_item(Tree body) {
    body.set("type", Tree::string("person"));
    body.set("action", Tree::string("merge"));
    return body;
}

void remove_if_empty(Tree& object, std::string_view name) {
    const Tree* member = object.find(name);
    if (member != nullptr && member->is_empty_container()) object.remove(name);
}

// In v1 the attributes of a device, those in its member `attributes`, and its own members are in one object: what v2
// tells apart becomes the same here, too.
void flatten_device(Tree& item) {
    Tree* device = item.find("device");
    Tree* attributes = device == nullptr ? nullptr : device->find("attributes");
    if (attributes == nullptr) return;
    const Tree* inner = attributes->find("attributes");
    if (inner != nullptr && inner->is(Kind::object)) {
        const Tree moved = attributes->remove("attributes");
        for (const auto& [name, value] : moved.members()) {
            if (attributes->find(name) == nullptr) attributes->set(name, value);
        }
    }
    attributes->remove("id");
    for (const std::string_view name : {"last_used", "platform"}) {
        if (attributes->find(name) == nullptr) continue;
        Tree value = attributes->remove(name);
        if (device->find(name) == nullptr) device->set(name, std::move(value));
    }
    remove_if_empty(*device, "attributes");
}

std::string text_of(const Tree& object, std::string_view name) {
    const Tree* member = object.find(name);
    return member == nullptr ? std::string() : member->text();
}

// The identifier alone, in the form of a v1 path.
std::string person_of(const Tree& identifiers) {
    if (const Tree* object = identifiers.find("object_id")) {
        return "object:" + text_of(identifiers, "object_type_id") + ":" + object->text();
    }
    if (const Tree* cio_id = identifiers.find("cio_id")) return std::string(cio_prefix) + cio_id->text();
    if (const Tree* anonymous = identifiers.find("anonymous_id")) return "anonymous:" + anonymous->text();
    return identifiers.members().empty() ? std::string() : identifiers.members().front().value.text();
}

// A request that the Track API does not have, or whose body is none of its bodies.
Tree unknown_item(std::string_view method, std::string_view path, Tree body) {
    Tree item = Tree::object();
    item.set("request", Tree::string(std::string(method) + " " + std::string(path)));
    item.set("body", std::move(body));
    return item;
}

// Of a request below a person's path: /api/v1/customers/{person}/...
std::optional<Tree> item_below_person(std::string_view method, const std::vector<std::string>& path, Tree body) {
    const bool has_object = body.is(Kind::object);
    if (path.size() == 4) {
        if (method == "PUT" && has_object) return identify_item(std::move(body));
        if (method == "DELETE") return person_item("delete");
        return std::nullopt;
    }
    const std::string_view below = path[4];
    if (path.size() == 6) {
        if (method == "DELETE" && below == "devices") return delete_device_item(path[5]);
        return std::nullopt;
    }
    if (path.size() != 5) return std::nullopt;
    if (method == "POST" && (below == "suppress" || below == "unsuppress")) return person_item(below);
    if (method == "POST" && below == "events" && has_object) return event_item(std::move(body));
    const Tree* device = body.find("device");
    const bool is_device = device != nullptr && device->is(Kind::object);
    if (method == "PUT" && below == "devices" && is_device) return device_item(std::move(body));
    return std::nullopt;
}

std::optional<Tree> person_request(std::string_view method, const std::vector<std::string>& path, Tree body) {
    auto item = item_below_person(method, path, std::move(body));
    if (item) item->set("identifiers", identifiers_of(path[3]));
    return item;
}

std::optional<Tree> v1_request(std::string_view method, const std::vector<std::string>& path, Tree body) {
    if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return std::nullopt;
    if (path.size() > 3 && path[2] == "customers") return person_request(method, path, std::move(body));
    if (path.size() != 3 || method != "POST" || !body.is(Kind::object)) return std::nullopt;
    if (path[2] == "events") return anonymous_event_item(std::move(body));
    if (path[2] == "merge_customers") return merge_item(std::move(body));
    return std::nullopt;
}

bool is_v2(const std::vector<std::string>& path, std::string_view name) {
    return path.size() == 3 && path[0] == "api" && path[1] == "v2" && path[2] == name;
}

// Customer.io answers these, and no answer at all, to what it did not look at; it is sent again, or never arrives.
bool is_final(std::uint64_t status) {
    return status >= 200 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
}

std::optional<std::uint64_t> whole_number(Value value) {
    const auto text = value.raw();
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!value.is(Kind::number) || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::vector<std::size_t> indexes_of(Value list) {
    std::vector<std::size_t> indexes;
    if (!list.is(Kind::array)) return indexes;
    for (auto element = list.first(); element; element = element.next()) {
        if (const auto index = whole_number(element)) indexes.push_back(static_cast<std::size_t>(*index));
    }
    return indexes;
}

void add(Request& request, Tree item, bool is_rejected) {
    const auto index = request.operations.size();
    if (is_rejected && item.is(Kind::object)) item.set("rejected", Tree::boolean(true));
    request.operations.push_back(to_operation(std::move(item)));
    request.operations.back().item = index;
}

}  // namespace

Operation to_operation(Tree item) {
    if (!item.is(Kind::object)) item = unknown_item("POST", "item of a batch", std::move(item));
    flatten_device(item);
    remove_if_empty(item, "attributes");
    remove_if_empty(item, "cio_relationships");
    Operation operation;
    const Tree* request = item.find("request");
    operation.action = request != nullptr ? request->text() : text_of(item, "type") + " " + text_of(item, "action");
    operation.name = text_of(item, "name");
    operation.id = text_of(item, "id");
    operation.time = text_of(item, "timestamp");
    const Tree* identifiers = item.find(operation.action == "person merge" ? "primary" : "identifiers");
    if (identifiers != nullptr) operation.person = person_of(*identifiers);
    item.write(operation.text);
    return operation;
}

Request RequestReader::read(std::string_view line) {
    Request request;
    if (!line_.parse(line, max_json_document_depth)) {
        request.error = "is not a JSON object";
        return request;
    }
    const auto method = line_["method"];
    const auto target = line_["path"];
    const auto status = whole_number(line_["status"]);
    if (method.text().empty() || !target.text().starts_with('/') || !status || !line_["body"]) {
        request.error = "is no request that pintle sandbox --record wrote: method, path, status or body is missing";
        return request;
    }
    request.is_compared = is_final(*status) && method.text() != "GET";
    if (!request.is_compared) return request;

    const bool is_rejected = *status >= 300;
    const auto path = segments_of(target.text().substr(0, target.text().find('?')));
    const auto batch = line_["body"]["batch"];
    if (is_v2(path, "batch") && method.text() == "POST" && batch.is(Kind::array)) {
        const auto rejected = indexes_of(line_["refused_items"]);
        for (auto item = batch.first(); item; item = item.next()) {
            const bool is_refused = std::ranges::find(rejected, request.operations.size()) != rejected.end();
            add(request, Tree(item), is_rejected || is_refused);
        }
        return request;
    }
    Tree body(line_["body"]);
    if (is_v2(path, "entity") && method.text() == "POST" && body.is(Kind::object)) {
        add(request, std::move(body), is_rejected);
        return request;
    }
    auto item = v1_request(method.text(), path, std::move(body));
    if (!item) item = unknown_item(method.text(), target.text(), Tree(line_["body"]));
    add(request, std::move(*item), is_rejected);
    return request;
}

}  // namespace pintle::cli::compare
