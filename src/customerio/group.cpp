#include <algorithm>
#include <array>

#include "mapped_call.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

std::string_view find_action(const EventFields& fields) {
    constexpr std::array<std::string_view, 4> known{"identify", "delete", "add_relationships", "delete_relationships"};
    const json::Value of_traits = fields.traits["action"];
    const json::Value given = is_truthy(of_traits) ? of_traits : fields.properties["action"];
    const auto* const found = std::ranges::find(known, given.text());
    return found != known.end() ? *found : known.front();
}

PersonId find_related_person(const EventFields& fields, const Options& options) {
    if (const PersonId user = find_user(fields, options)) return user;
    return PersonId(
        first_identifier(fields.context_traits["email"], fields.properties["email"], fields.external_id["id"]));
}

// What the option `relationships` adds.
void relate(Group& group, const EventFields& fields) {
    if (const json::Value given = fields.traits["relationshipAttributes"]; given.is(json::Kind::object))
        group.relationship_attributes = given;
    if (group.person || !fields.anonymous_id || group.action != "identify") return;
    group.action = "identify_anonymous";
    group.anonymous_id = fields.anonymous_id;
}

}  // namespace

Result<MappedCall> read_group(const EventFields& fields, const Options& options) {
    Group group{.object_id = first_identifier(fields.root["groupId"], fields.traits["groupId"]),
                .object_type_id = Identifier(fields.traits["objectTypeId"]),
                .action = find_action(fields),
                .traits = fields.traits,
                .person = find_related_person(fields, options),
                .anonymous_id = {},
                .relationship_attributes = {},
                .convert_dates = options.convert_dates};
    if (options.relationships) relate(group, fields);
    if (!group.object_id) return Reason::group_id_missing;
    if (group.object_id.is_too_long() || group.anonymous_id.is_too_long()) return Reason::person_id_too_long;
    if (const auto valid = check_person_id(group.person); !valid) return valid.error();
    return group;
}

}  // namespace pintle::customerio
