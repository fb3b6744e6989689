#include "mapped_call.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

PersonId find_identified(const EventFields& fields, const Options& options) {
    const PersonId person = find_person(fields, options);
    return person || !options.identify_anonymous ? person : PersonId(fields.anonymous_id);
}

json::Value find_traits(const EventFields& fields) {
    return fields.traits.first() ? fields.traits : fields.context_traits;
}

// A trait that is assigned replaces the one that was sent.
json::Value find_trait(const Attributes& attributes, std::string_view name) {
    return attributes.assigned_name.text() == name ? attributes.assigned : attributes.traits[name];
}

std::optional<std::int64_t> find_created_at(const EventFields& fields, const Attributes& attributes,
                                            const Options& options) {
    const json::Value of_traits = fields.traits["createdAt"];
    const json::Value given = is_truthy(of_traits) ? of_traits : fields.context_traits["createdAt"];
    if (is_truthy(given)) return read_seconds(given);
    if (options.created_at == CreatedAt::omit) return std::nullopt;
    json::Value own = attributes.user_properties["created_at"];
    if (!own) own = find_trait(attributes, "created_at");
    if (own && !own.is(json::Kind::null)) return std::nullopt;
    return fields.time;
}

Relationship find_relationship(const Attributes& attributes) {
    Relationship relationship;
    const auto find_usable = [&attributes](std::string_view name) {
        const json::Value value = find_trait(attributes, name);
        return read_identifier(value) ? value : json::Value();
    };
    relationship.object_id = find_usable("objectId");
    if (!relationship) return relationship;
    relationship.object_type_id = find_usable("objectTypeId");
    if (!relationship.object_type_id) relationship.object_type_id = find_usable("object_type_id");
    if (const json::Value given = find_trait(attributes, "relationshipAttributes"); given.is(json::Kind::object))
        relationship.attributes = given;
    return relationship;
}

}  // namespace

Result<MappedCall> read_identify(const EventFields& fields, const Options& options) {
    Identify identify;
    identify.person = find_identified(fields, options);
    if (!identify.person) return Reason::identify_person_missing;
    if (const auto valid = check_person_id(identify.person); !valid) return valid.error();
    identify.time = fields.time;
    Attributes& attributes = identify.attributes;
    attributes.traits = find_traits(fields);
    attributes.address = attributes.traits["address"];
    if (const json::Value name = fields.external_id["identifierType"];
        fields.mapped_id && name.is(json::Kind::string)) {
        attributes.assigned_name = Identifier(name);
        attributes.assigned = fields.external_id["id"];
        if (attributes.assigned_name.text() == "address") attributes.address = attributes.assigned;
    }
    if (const json::Value own = fields.root["user_properties"]; own.is(json::Kind::object))
        attributes.user_properties = own;
    attributes.created_at = find_created_at(fields, attributes, options);
    attributes.anonymous_id = fields.anonymous_id;
    attributes.convert_dates = options.convert_dates;
    if (options.relationships) {
        attributes.relationship = find_relationship(attributes);
        if (Identifier(attributes.relationship.object_id).is_too_long()) return Reason::person_id_too_long;
    }
    return identify;
}

}  // namespace pintle::customerio
