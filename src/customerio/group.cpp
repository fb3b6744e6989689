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

Identifier find_related_person(const EventFields& fields) {
    if (const Identifier user_id = find_user_id(fields)) return user_id;
    return first_identifier(fields.context_traits["email"], fields.properties["email"], fields.external_id["id"]);
}

}  // namespace

Result<MappedCall> read_group(const EventFields& fields, const Options& /*options*/) {
    const Group group{.object_id = first_identifier(fields.root["groupId"], fields.traits["groupId"]),
                      .object_type_id = Identifier(fields.traits["objectTypeId"]),
                      .action = find_action(fields),
                      .traits = fields.traits,
                      .person = find_related_person(fields)};
    if (!group.object_id) return Reason::group_id_missing;
    if (group.object_id.is_too_long()) return Reason::person_id_too_long;
    if (const auto valid = check_person_id(group.person); !valid) return valid.error();
    return group;
}

}  // namespace pintle::customerio
