#include "mapping/facts.hpp"

namespace pintle::mapping {
namespace {

Identifier find_identified(const Parts& parts, const Options& options) {
    const Identifier person = find_person(parts);
    return person || !options.identify_anonymous ? person : parts.anonymous_id;
}

Value find_traits(const Parts& parts) {
    return parts.traits.first() ? parts.traits : parts.context_traits;
}

std::optional<std::int64_t> find_created_at(const Parts& parts, const Attributes& attributes, const Options& options) {
    const Value of_traits = parts.traits["createdAt"];
    const Value given = is_truthy(of_traits) ? of_traits : parts.context_traits["createdAt"];
    if (is_truthy(given)) return read_seconds(given);
    if (options.created_at == CreatedAt::omit) return std::nullopt;
    const Value own =
        attributes.assigned_name.text() == "created_at" ? attributes.assigned : attributes.traits["created_at"];
    if (own && !own.is(Kind::null)) return std::nullopt;
    return parts.time;
}

}  // namespace

Result<Facts> read_identify(const Parts& parts, const Options& options) {
    Identify identify;
    identify.person = find_identified(parts, options);
    if (!identify.person) return Reason::identify_person_missing;
    if (const auto valid = check_person_id(identify.person); !valid) return valid.error();
    identify.time = parts.time;
    Attributes& attributes = identify.attributes;
    attributes.traits = find_traits(parts);
    attributes.address = attributes.traits["address"];
    if (const Value name = parts.external_id["identifierType"]; parts.mapped_id && name.is(Kind::string)) {
        attributes.assigned_name = Identifier(name);
        attributes.assigned = parts.external_id["id"];
        if (attributes.assigned_name.text() == "address") attributes.address = attributes.assigned;
    }
    if (const Value own = parts.root["user_properties"]; own.is(Kind::object)) attributes.user_properties = own;
    attributes.created_at = find_created_at(parts, attributes, options);
    attributes.anonymous_id = parts.anonymous_id;
    return identify;
}

}  // namespace pintle::mapping
