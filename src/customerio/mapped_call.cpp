#include "mapped_call.hpp"

#include <algorithm>
#include <array>

#include "pintle/base/ascii.hpp"
#include "pintle/base/result.hpp"

namespace pintle::customerio {
namespace {

using ReadFacts = Result<MappedCall> (*)(const EventFields&, const Options&);

constexpr std::array<ReadFacts, event_types.size() - 1> readers{read_track,  read_identify, read_page,
                                                                read_screen, read_group,    read_alias};

}  // namespace

EventType find_event_type(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(event_types, [&](std::string_view type) { return is_in_any_case(name, type); });
    return found == event_types.end() ? EventType::other : static_cast<EventType>(found - event_types.begin());
}

Result<MappedCall> read_call(EventType type, const EventFields& fields, const Options& options) {
    if (type == EventType::other) {
        return is_in_any_case(fields.type.text(), "record") ? Reason::record_not_supported : Reason::unknown_event_type;
    }
    return readers.at(static_cast<std::size_t>(type))(fields, options);
}

}  // namespace pintle::customerio
