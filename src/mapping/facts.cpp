#include "mapping/facts.hpp"

#include <array>

#include "mapping/ascii.hpp"

namespace pintle::mapping {
namespace {

using ReadFacts = Result<Facts> (*)(const Parts&, const Options&);

struct EventType {
    std::string_view name;
    ReadFacts read;
};

constexpr std::array<EventType, 6> event_types{{{"track", read_track},
                                                {"identify", read_identify},
                                                {"page", read_page},
                                                {"screen", read_screen},
                                                {"group", read_group},
                                                {"alias", read_alias}}};

}  // namespace

Result<Facts> read_facts(const Parts& parts, const Options& options) {
    const std::string_view name = parts.root["type"].text();
    for (const EventType& type : event_types) {
        if (is_in_any_case(name, type.name)) return type.read(parts, options);
    }
    return Refusal{"unknown event type"};
}

}  // namespace pintle::mapping
