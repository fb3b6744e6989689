#include "v2.hpp"

#include <algorithm>

#include "fields.hpp"

namespace pintle::sandbox::v2 {

using nlohmann::json;

namespace {

// E.164: a plus and up to 15 digits.
bool is_phone(std::string_view text) {
    return text.size() >= 2 && text.size() <= 16 && text.front() == '+' &&
           std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

void check_object_identifiers(const json& identifiers, const std::string& where, Findings& findings) {
    Fields fields(identifiers, where + ".", findings);
    if (fields.has("cio_object_id")) {
        fields.identifier("cio_object_id");
        return;
    }
    fields.identifier("object_id");
    if (!fields.text("object_type_id", Need::required)) return;
    const auto& type = fields["object_type_id"].get_ref<const std::string&>();
    const bool digits = std::ranges::all_of(type, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || type.front() == '0') {
        fields.add("invalid", "object_type_id", where + ".object_type_id must be an integer from 1 up, as a string");
    }
}

// Each element's `identifiers`, which must be an object, goes to `check(identifiers, where)`.
template <class Check>
void check_relationships(const json& list, const std::string& where, Findings& findings, Check check) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string element = where + "[" + std::to_string(i) + "]";
        if (!list[i].is_object()) {
            findings.push_back({"invalid", element, element + " must be an object", std::nullopt});
            continue;
        }
        Fields fields(list[i], element + ".", findings);
        fields.object("relationship_attributes", Need::optional);
        if (const json* identifiers = fields.object("identifiers", Need::required)) {
            check(*identifiers, element + ".identifiers");
        }
    }
}

void check_event(Fields& fields, bool anonymous) {
    check_event_name(fields, anonymous);
    fields.ulid("id");
    fields.integer("timestamp");
    fields.object("attributes", Need::optional);
}

void check_device(Fields& item, bool whole, Findings& findings) {
    const json* device = item.object("device", Need::required);
    if (device == nullptr) return;
    Fields fields(*device, "device.", findings);
    fields.text("token", Need::required);
    if (!whole) return;
    fields.text_of("platform", Need::required, {"ios", "android"});
    fields.integer("last_used");
    fields.object("attributes", Need::optional);
}

void check_person_identifiers(Fields& fields, bool event, bool& anonymous, Findings& findings) {
    const json* identifiers = fields.object("identifiers", Need::required);
    if (identifiers == nullptr) return;
    // Not in the published contract, but what RudderStack's and Segment's destinations send and Customer.io takes.
    anonymous = event && identifiers->contains("anonymous_id");
    if (anonymous) {
        check_one_identifier(*identifiers, "identifiers", {"anonymous_id"}, findings);
    } else {
        check_one_identifier(*identifiers, "identifiers", {"id", "email", "phone", "cio_id"}, findings);
    }
}

void check_person_relationships(Fields& fields, Need need, Findings& findings) {
    if (const json* list = fields.array("cio_relationships", need)) {
        check_object_relationships(*list, "cio_relationships", findings);
    }
}

void check_merge(Fields& fields, Findings& findings) {
    for (const char* const role : {"primary", "secondary"}) {
        if (const json* person = fields.object(role, Need::required)) {
            check_one_identifier(*person, role, {"id", "email", "cio_id"}, findings);
        }
    }
}

void check_person(Fields& fields, Findings& findings) {
    if (!fields.text_of(
            "action", Need::required,
            {"identify", "delete", "event", "screen", "page", "add_relationships", "delete_relationships", "add_device",
             "delete_device", "merge", "suppress", "unsuppress", "viewed_content", "clicked_content"})) {
        return;
    }
    const auto& action = fields["action"].get_ref<const std::string&>();
    if (action == "merge") return check_merge(fields, findings);

    // Content views and clicks are what Segment's destination sends; the contract does not have them.
    const bool event = action == "event" || action == "page" || action == "screen" || action.ends_with("_content");
    bool anonymous = false;
    check_person_identifiers(fields, event, anonymous, findings);
    if (event) return check_event(fields, anonymous);
    if (action == "identify") {
        fields.integer("timestamp");
        fields.object("attributes", Need::optional);
        return check_person_relationships(fields, Need::optional, findings);
    }
    if (action.ends_with("_relationships")) return check_person_relationships(fields, Need::required, findings);
    if (action.ends_with("_device")) return check_device(fields, action == "add_device", findings);
}

void check_object(Fields& fields, Findings& findings) {
    if (!fields.text_of("action", Need::required,
                        {"identify", "identify_anonymous", "delete", "add_relationships", "delete_relationships"})) {
        return;
    }
    const auto& action = fields["action"].get_ref<const std::string&>();
    if (const json* identifiers = fields.object("identifiers", Need::required)) {
        check_object_identifiers(*identifiers, "identifiers", findings);
    }
    if (action == "delete") return;
    const bool relationships_only = action.ends_with("_relationships");
    if (!relationships_only) fields.object("attributes", Need::optional);
    const json* list = fields.array("cio_relationships", relationships_only ? Need::required : Need::optional);
    if (list == nullptr) return;
    const bool anonymous = action == "identify_anonymous";
    check_relationships(*list, "cio_relationships", findings, [&](const json& identifiers, const std::string& where) {
        if (anonymous) return check_one_identifier(identifiers, where, {"anonymous_id"}, findings);
        check_one_identifier(identifiers, where, {"id", "email", "cio_id"}, findings);
    });
}

void check_delivery(Fields& fields, Findings& findings) {
    fields.text_of("action", Need::required, {"event"});
    fields.text_of("name", Need::required, {"opened", "converted", "delivered"});
    if (const json* identifiers = fields.object("identifiers", Need::required)) {
        Fields(*identifiers, "identifiers.", findings).text("id", Need::required);
    }
    if (const json* attributes = fields.object("attributes", Need::required)) {
        Fields(*attributes, "attributes.", findings).text("device_token", Need::required);
    }
}

}  // namespace

void check_one_identifier(const json& person, const std::string& where, std::initializer_list<std::string_view> allowed,
                          Findings& findings) {
    Fields fields(person, where + ".", findings);
    std::string list;
    for (const std::string_view name : allowed) list.append(list.empty() ? "" : ", ").append(name);
    if (person.size() != 1 || std::ranges::find(allowed, person.begin().key()) == allowed.end()) {
        findings.push_back({"invalid", where, where + " must hold exactly one of " + list, std::nullopt});
        return;
    }
    const std::string& name = person.begin().key();
    if (fields.identifier(name) && name == "phone" && !is_phone(person.begin()->get_ref<const std::string&>())) {
        fields.add("invalid", name, where + ".phone must be in E.164 format");
    }
}

void check_object_relationships(const json& list, const std::string& where, Findings& findings) {
    check_relationships(list, where, findings, [&](const json& identifiers, const std::string& element) {
        check_object_identifiers(identifiers, element, findings);
    });
}

void check_entity(const json& item, Findings& findings) {
    if (!item.is_object()) {
        findings.push_back({"invalid", "", "an operation must be an object", std::nullopt});
        return;
    }
    Fields fields(item, "", findings);
    if (!fields.text_of("type", Need::required, {"person", "object", "delivery"})) return;
    const auto& type = fields["type"].get_ref<const std::string&>();
    if (type == "person") return check_person(fields, findings);
    if (type == "object") return check_object(fields, findings);
    check_delivery(fields, findings);
}

}  // namespace pintle::sandbox::v2
