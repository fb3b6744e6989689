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

// What an event means for Customer.io, independent of the API version for which it is written.
namespace pintle::customerio {

// What relates a person to an object.
struct Relationship {
    json::Value object_id;       // can be an identifier; absent: there is no relationship
    json::Value object_type_id;  // can be an identifier, or absent: "1"
    json::Value attributes;      // an object, or absent

    explicit operator bool() const noexcept { return static_cast<bool>(object_id); }
};

// A person's attributes. Later members override earlier ones of the same name.
struct Attributes {
    json::Value address;  // its known keys become separate attributes
    json::Value traits;
    Identifier assigned_name;  // the name of a trait with the value `assigned`
    json::Value assigned;
    json::Value user_properties;
    std::optional<std::int64_t> created_at;
    Identifier anonymous_id;
    Relationship relationship;  // where there is one, the traits that tell of it are no attributes
    bool convert_dates = false;
};

struct Identify {
    PersonId person;
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

// How Customer.io records it. A screen that it records as an event is a `track`.
enum class TrackKind : std::uint8_t { track, page, screen };

struct TrackEvent {
    TrackKind occasion = TrackKind::track;
    PersonId person;  // none: anonymous
    Identifier anonymous_id;
    EventName name;
    json::Value properties;
    std::optional<std::int64_t> time;
    Identifier message_id;  // none: no dedupe id
    bool convert_dates = false;
};

struct Device {
    bool removed = false;
    PersonId person;
    Identifier token;
    std::optional<std::int64_t> last_used;
    std::string_view platform;  // in any case; empty: unknown
    json::Value properties;
    json::Value context;  // what it says of the device goes along; absent: nothing does
};

struct Group {
    Identifier object_id;
    Identifier object_type_id;  // none: "1"
    std::string_view action;
    json::Value traits;
    PersonId person;                      // none: no relationship to a person
    Identifier anonymous_id;              // of `identify_anonymous` alone: who is related instead
    json::Value relationship_attributes;  // an object, then the trait is no attribute of the group; or absent
    bool convert_dates = false;
};

struct Alias {
    PersonId primary;
    PersonId secondary;
};

// A semantic event about a person.
struct UserChange {
    enum class Action : std::uint8_t { remove, suppress, unsuppress };
    Action action = Action::remove;
    PersonId person;
};

// A semantic event about an object.
struct ObjectDeletion {
    Identifier object_id;
    Identifier object_type_id;       // none: "1"
    bool relationship_only = false;  // the object stays, only its relationship to the person goes
    PersonId person;
};

using MappedCall = std::variant<Identify, TrackEvent, Device, Group, Alias, UserChange, ObjectDeletion>;

// One for each type of event.
Result<MappedCall> read_identify(const EventFields& fields, const Options& options);
Result<MappedCall> read_track(const EventFields& fields, const Options& options);
Result<MappedCall> read_page(const EventFields& fields, const Options& options);
Result<MappedCall> read_screen(const EventFields& fields, const Options& options);
Result<MappedCall> read_group(const EventFields& fields, const Options& options);
Result<MappedCall> read_alias(const EventFields& fields, const Options& options);

Result<MappedCall> read_call(EventType type, const EventFields& fields, const Options& options);

}  // namespace pintle::customerio
