#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "event_fields.hpp"
#include "identifier.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/mapper.hpp"

// What an event says to Customer.io, whichever version of its API it is then written for.
namespace pintle::customerio {

// A person's attributes. Later members override earlier ones of the same name.
struct Attributes {
    json::Value address;  // its known keys become separate attributes
    json::Value traits;
    Identifier assigned_name;  // the name of a trait with the value `assigned`
    json::Value assigned;
    json::Value user_properties;
    std::optional<std::int64_t> created_at;
    Identifier anonymous_id;
};

struct Identify {
    Identifier person;
    Attributes attributes;
    std::optional<std::int64_t> time;
};

// A name as given, or "Viewed <name> Screen".
class EventName {
public:
    EventName() = default;
    EventName(Identifier given, bool screen) : given_(given), screen_(screen) {}

    // Appends it as a JSON string. `anonymous`: truncated to 100 bytes, the limit of Customer.io for anonymous events.
    void write(bool anonymous, std::string& out) const;

private:
    Identifier given_;
    bool screen_ = false;
};

enum class TrackKind : std::uint8_t { track, page, screen };

struct TrackEvent {
    TrackKind occasion = TrackKind::track;
    Identifier person;  // none: anonymous
    Identifier anonymous_id;
    EventName name;
    json::Value properties;
    std::optional<std::int64_t> time;
    Identifier message_id;  // none: no dedupe id
};

struct Device {
    bool removed = false;
    Identifier person;
    Identifier token;
    std::optional<std::int64_t> last_used;
    std::string_view platform;  // in any case; empty: unknown
    json::Value properties;
};

struct Group {
    Identifier object_id;
    Identifier object_type_id;  // none: "1"
    std::string_view action;
    json::Value traits;
    Identifier person;  // none: no relationship
};

struct Alias {
    Identifier primary;
    Identifier secondary;
};

using MappedCall = std::variant<Identify, TrackEvent, Device, Group, Alias>;

// One for each type of event.
Result<MappedCall> read_identify(const EventFields& fields, const Options& options);
Result<MappedCall> read_track(const EventFields& fields, const Options& options);
Result<MappedCall> read_page(const EventFields& fields, const Options& options);
Result<MappedCall> read_screen(const EventFields& fields, const Options& options);
Result<MappedCall> read_group(const EventFields& fields, const Options& options);
Result<MappedCall> read_alias(const EventFields& fields, const Options& options);

Result<MappedCall> read_call(EventType type, const EventFields& fields, const Options& options);

}  // namespace pintle::customerio
