#include "v1.hpp"

#include "fields.hpp"
#include "v2.hpp"

namespace pintle::sandbox::v1 {

using nlohmann::json;

namespace {

void check_relationships(Fields& person, Findings& findings) {
    const json* relationships = person.object("cio_relationships", Need::optional);
    if (relationships == nullptr) return;
    Fields fields(*relationships, "cio_relationships.", findings);
    fields.text_of("action", Need::optional, {"add_relationships", "delete_relationships"});
    if (const json* list = fields.array("relationships", Need::optional)) {
        v2::check_object_relationships(*list, "cio_relationships.relationships", findings);
    }
}

void check_preferences(Fields& person, Findings& findings) {
    const json* preferences = person.object("cio_subscription_preferences", Need::optional);
    if (preferences == nullptr) return;
    Fields fields(*preferences, "cio_subscription_preferences.", findings);
    const json* topics = fields.object("topics", Need::optional);
    if (topics == nullptr) return;
    Fields flags(*topics, "cio_subscription_preferences.topics.", findings);
    for (const auto& [topic, value] : topics->items()) flags.boolean(topic);
}

void check_event_fields(Fields& fields, bool anonymous) {
    check_event_name(fields, anonymous);
    fields.text_of("type", Need::optional, {"event", "page", "screen"});
    fields.ulid("id");
    fields.integer("timestamp");
    fields.object("data", Need::optional);
}

}  // namespace

void check_person(const json& body, Findings& findings) {
    // A null removes an attribute, so it is right for each of them.
    json present = json::object();
    for (const auto& [name, value] : body.items()) {
        if (!value.is_null()) present[name] = value;
    }
    Fields fields(present, "", findings);
    // Customer.io's own client libraries send numbers here.
    if (fields.has("id") && !fields["id"].is_number()) fields.text("id", Need::optional);
    fields.text("email", Need::optional);
    fields.text("anonymous_id", Need::optional);
    fields.integer("created_at");
    fields.integer("_timestamp");
    fields.boolean("_update");
    check_relationships(fields, findings);
    check_preferences(fields, findings);
}

void check_event(const json& body, Findings& findings) {
    Fields fields(body, "", findings);
    check_event_fields(fields, false);
    const auto type = body.find("type");
    // The contract requires it, although the path names the person; pintle sends none there.
    if (type != body.end() && *type == "screen") fields.text("anonymous_id", Need::optional);
}

void check_anonymous_event(const json& body, Findings& findings) {
    Fields fields(body, "", findings);
    check_event_fields(fields, true);
    fields.text("anonymous_id", Need::optional);
}

void check_device(const json& body, Findings& findings) {
    Fields outer(body, "", findings);
    const json* device = outer.object("device", Need::required);
    if (device == nullptr) return;
    Fields fields(*device, "device.", findings);
    fields.text("id", Need::required);
    fields.text_of("platform", Need::required, {"ios", "android"});
    fields.integer("last_used");
}

void check_metric(const json& body, Findings& findings) {
    Fields fields(body, "", findings);
    fields.text("delivery_id", Need::required);
    fields.text_of("metric", Need::required,
                   {"bounced", "clicked", "converted", "deferred", "delivered", "dropped", "opened", "spammed"});
    fields.integer("timestamp");
}

void check_segment(const json& body, Findings& findings) {
    Fields(body, "", findings).array("ids", Need::required);
}

void check_merge(const json& body, Findings& findings) {
    Fields fields(body, "", findings);
    for (const char* const role : {"primary", "secondary"}) {
        if (const json* person = fields.object(role, Need::required)) {
            v2::check_one_identifier(*person, role, {"id", "email", "cio_id"}, findings);
        }
    }
}

}  // namespace pintle::sandbox::v1
