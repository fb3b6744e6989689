#include "semantic_event.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "pintle/base/result.hpp"

namespace pintle::customerio {
namespace {

// What a dead letter of the event means, in the order of `semantic_event_names`.
constexpr std::array<std::string_view, semantic_event_names.size()> not_done{
    "the person was not deleted: ",       "the person was not suppressed: ", "the person was not unsuppressed: ",
    "the device was not registered: ",    "the device was not deleted: ",    "the object was not deleted: ",
    "the relationship was not deleted: ",
};

Result<MappedCall> read_user_change(UserChange::Action action, Reason person_missing, const EventFields& fields,
                                    const Options& options) {
    const UserChange change{.action = action, .person = find_person(fields, options)};
    if (!change.person) return person_missing;
    if (const auto valid = check_person_id(change.person); !valid) return valid.error();
    return change;
}

Result<MappedCall> read_object_deletion(bool relationship_only, const EventFields& fields, const Options& options) {
    const ObjectDeletion deletion{
        .object_id = first_identifier(fields.properties["objectId"], fields.properties["object_id"],
                                      fields.root["groupId"], fields.context["groupId"]),
        .object_type_id = first_identifier(fields.properties["objectTypeId"], fields.properties["object_type_id"]),
        .relationship_only = relationship_only,
        .person = find_person(fields, options)};
    if (!deletion.object_id) return Reason::object_id_missing;
    if (deletion.object_id.is_too_long()) return Reason::person_id_too_long;
    if (!relationship_only) return deletion;
    if (!deletion.person) return Reason::relationship_deleted_person_missing;
    if (const auto valid = check_person_id(deletion.person); !valid) return valid.error();
    return deletion;
}

}  // namespace

std::optional<SemanticEvent> find_among(SemanticEvents acted_on, std::string_view name) {
    const auto* const found = std::ranges::find(semantic_event_names, name);
    if (found == semantic_event_names.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(found - semantic_event_names.begin());
    return acted_on[index] ? std::optional(static_cast<SemanticEvent>(index)) : std::nullopt;
}

std::optional<SemanticEvent> find_semantic_event(const json::Event& event, SemanticEvents acted_on) {
    if (acted_on.none() || find_event_type(event["type"].text()) != EventType::track) return std::nullopt;
    return find_among(acted_on, event["event"].text());
}

std::string dead_letter_message(std::optional<SemanticEvent> event, std::string_view message) {
    std::string text(event ? not_done.at(static_cast<std::size_t>(*event)) : std::string_view());
    return text += message;
}

std::string_view not_done_part(std::string_view message) {
    const auto* const found =
        std::ranges::find_if(not_done, [&](std::string_view part) { return message.starts_with(part); });
    return found == not_done.end() ? std::string_view() : *found;
}

Result<MappedCall> read_semantic_event(SemanticEvent event, const EventFields& fields, const Options& options) {
    using Action = UserChange::Action;
    switch (event) {
        case SemanticEvent::user_deleted:
            return read_user_change(Action::remove, Reason::user_deleted_person_missing, fields, options);
        case SemanticEvent::user_suppressed:
            return read_user_change(Action::suppress, Reason::user_suppressed_person_missing, fields, options);
        case SemanticEvent::user_unsuppressed:
            return read_user_change(Action::unsuppress, Reason::user_unsuppressed_person_missing, fields, options);
        case SemanticEvent::object_deleted: return read_object_deletion(false, fields, options);
        default: return read_object_deletion(true, fields, options);
    }
}

}  // namespace pintle::customerio
