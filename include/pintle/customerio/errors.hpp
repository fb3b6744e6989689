#pragma once

#include <array>
#include <cstddef>

#include "pintle/base/reason.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::customerio {

// Every reason for which an event cannot be mapped.
inline constexpr std::array errors{
    Reason::invalid_json,
    Reason::nested_too_deep,
    Reason::traits_not_an_object,
    Reason::properties_not_an_object,
    Reason::unknown_event_type,
    Reason::record_not_supported,
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

// The reasons that can occur with these options.
inline stats::ReasonSet possible_errors(const Options& options) {
    const auto acts_on = [&](SemanticEvent event) { return options.semantic_events[static_cast<std::size_t>(event)]; };
    auto all = stats::set_of(errors);
    stats::put(all, Reason::user_deleted_person_missing, acts_on(SemanticEvent::user_deleted));
    stats::put(all, Reason::user_suppressed_person_missing, acts_on(SemanticEvent::user_suppressed));
    stats::put(all, Reason::user_unsuppressed_person_missing, acts_on(SemanticEvent::user_unsuppressed));
    stats::put(all, Reason::relationship_deleted_person_missing, acts_on(SemanticEvent::relationship_deleted));
    stats::put(all, Reason::object_id_missing,
               acts_on(SemanticEvent::object_deleted) || acts_on(SemanticEvent::relationship_deleted));
    stats::put(all, Reason::batch_item_too_large, options.api_version == ApiVersion::v2);
    return all;
}

}  // namespace pintle::customerio
