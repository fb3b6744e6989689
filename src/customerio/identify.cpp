#include "mapped_call.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

Identifier find_identified(const EventFields& fields, const Options& options) {
    const Identifier person = find_person(fields);
    return person || !options.identify_anonymous ? person : fields.anonymous_id;
}

json::Value find_traits(const EventFields& fields) {
    return fields.traits.first() ? fields.traits : fields.context_traits;
}

std::optional<std::int64_t> find_created_at(const EventFields& fields, const Attributes& attributes,
                                            const Options& options) {
    const json::Value of_traits = fields.traits["createdAt"];
    const json::Value given = is_truthy(of_traits) ? of_traits : fields.context_traits["createdAt"];
    if (is_truthy(given)) return read_seconds(given);
    if (options.created_at == CreatedAt::omit) return std::nullopt;
    const json::Value own =
        attributes.assigned_name.text() == "created_at" ? attributes.assigned : attributes.traits["created_at"];
    if (own && !own.is(json::Kind::null)) return std::nullopt;
    return fields.time;
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
    return identify;
}

}  // namespace pintle::customerio
