#pragma once

#include <array>
#include <string_view>

#include "pintle/mapping/event.hpp"

// Everything that mapping says against an event. A closed set, so that refusals can be counted by their reasons.
namespace pintle::mapping {

inline constexpr Refusal traits_no_object{"traits must be an object"};
inline constexpr Refusal properties_no_object{"properties must be an object"};
inline constexpr Refusal unknown_type{"unknown event type"};
inline constexpr Refusal identify_without_person{"identify needs userId, email or anonymousId"};
inline constexpr Refusal event_without_person{"event needs userId, email or anonymousId"};
inline constexpr Refusal event_name_missing{"event name is missing or not a string"};
inline constexpr Refusal page_name_missing{"page name is missing"};
inline constexpr Refusal screen_name_missing{"screen name is missing"};
inline constexpr Refusal group_id_missing{"groupId is missing"};
inline constexpr Refusal alias_without_ids{"alias needs userId and previousId"};
inline constexpr Refusal identifier_too_long{"person id is longer than 150 bytes"};
inline constexpr Refusal identifier_is_dots{"person id cannot be . or .."};
inline constexpr Refusal token_is_dots{"device token cannot be . or .."};
inline constexpr Refusal item_too_large{"batch item is larger than 32 KB"};

inline constexpr std::array<std::string_view, 16> refusals{
    invalid_json.reason,         nested_too_deep.reason,    traits_no_object.reason,
    properties_no_object.reason, unknown_type.reason,       identify_without_person.reason,
    event_without_person.reason, event_name_missing.reason, page_name_missing.reason,
    screen_name_missing.reason,  group_id_missing.reason,   alias_without_ids.reason,
    identifier_too_long.reason,  identifier_is_dots.reason, token_is_dots.reason,
    item_too_large.reason,
};

}  // namespace pintle::mapping
