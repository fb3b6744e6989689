#include <algorithm>
#include <array>

#include "mapping/facts.hpp"

namespace pintle::mapping {
namespace {

std::string_view find_action(const Parts& parts) {
    constexpr std::array<std::string_view, 4> known{"identify", "delete", "add_relationships", "delete_relationships"};
    const Value of_traits = parts.traits["action"];
    const Value given = is_truthy(of_traits) ? of_traits : parts.properties["action"];
    const auto* const found = std::ranges::find(known, given.text());
    return found != known.end() ? *found : known.front();
}

Identifier find_related_person(const Parts& parts) {
    if (const Identifier user_id = find_user_id(parts)) return user_id;
    return first_identifier(parts.context_traits["email"], parts.properties["email"], parts.external_id["id"]);
}

}  // namespace

Result<Facts> read_group(const Parts& parts, const Options& /*options*/) {
    const Group group{.object_id = first_identifier(parts.root["groupId"], parts.traits["groupId"]),
                      .object_type_id = Identifier(parts.traits["objectTypeId"]),
                      .action = find_action(parts),
                      .traits = parts.traits,
                      .person = find_related_person(parts)};
    if (!group.object_id) return Reason::group_id_missing;
    if (group.object_id.is_too_long()) return Reason::person_id_too_long;
    if (const auto valid = check_person_id(group.person); !valid) return valid.error();
    return group;
}

}  // namespace pintle::mapping
