#pragma once

#include <array>

#include "pintle/base/reason.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::customerio {

// Every reason for which an event cannot be mapped. The last one is of API v2 alone.
inline constexpr std::array errors{
    Reason::invalid_json,
    Reason::nested_too_deep,
    Reason::traits_not_an_object,
    Reason::properties_not_an_object,
    Reason::unknown_event_type,
    Reason::identify_person_missing,
    Reason::event_person_missing,
    Reason::event_name_missing,
    Reason::page_name_missing,
    Reason::screen_name_missing,
    Reason::group_id_missing,
    Reason::alias_ids_missing,
    Reason::user_deleted_person_missing,
    Reason::user_suppressed_person_missing,
    Reason::user_unsuppressed_person_missing,
    Reason::relationship_deleted_person_missing,
    Reason::object_id_missing,
    Reason::person_id_too_long,
    Reason::person_id_invalid,
    Reason::device_token_invalid,
    Reason::batch_item_too_large,
};

// Those that can occur by that API.
inline stats::ReasonSet possible_errors(ApiVersion api_version) {
    auto all = stats::set_of(errors);
    stats::put(all, Reason::batch_item_too_large, api_version == ApiVersion::v2);
    return all;
}

}  // namespace pintle::customerio
