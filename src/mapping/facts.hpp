#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mapping/identifier.hpp"
#include "mapping/parts.hpp"
#include "pintle/mapping/mapper.hpp"

// What an event says to Customer.io, whichever version of its API it is then written for.
namespace pintle::mapping {

// A person's attributes. Of two of the same name the one further below wins.
struct Attributes {
    Value address;  // its well-known keys are attributes of their own
    Value traits;
    Identifier assigned_name;  // a trait that gets the value `assigned`
    Value assigned;
    Value user_properties;
    std::optional<std::int64_t> created_at;
    Identifier anonymous_id;
};

struct Identify {
    Identifier person;
    Attributes attributes;
    std::optional<std::int64_t> time;
};

// A name as it was given, or "Viewed <name> Screen".
class EventName {
public:
    EventName() = default;
    EventName(Identifier given, bool screen) : given_(given), screen_(screen) {}

    // As a JSON string. `anonymous`: cut to the 100 bytes that Customer.io allows there.
    void write(bool anonymous, std::string& out) const;

private:
    Identifier given_;
    bool screen_ = false;
};

enum class Occasion : std::uint8_t { track, page, screen };

struct Occurrence {
    Occasion occasion = Occasion::track;
    Identifier person;  // none: anonymous
    Identifier anonymous_id;
    EventName name;
    Value properties;
    std::optional<std::int64_t> time;
    Identifier message_id;  // none: no dedupe id
};

struct Device {
    bool removed = false;
    Identifier person;
    Identifier token;
    std::optional<std::int64_t> last_used;
    std::string_view platform;  // in any case; empty: unknown
    Value properties;
};

struct Group {
    Identifier object_id;
    Identifier object_type_id;  // none: "1"
    std::string_view action;
    Value traits;
    Identifier person;  // none: no relationship
};

struct Alias {
    Identifier primary;
    Identifier secondary;
};

using Facts = std::variant<Identify, Occurrence, Device, Group, Alias>;

// One a type of event.
Result<Facts> read_identify(const Parts& parts, const Options& options);
Result<Facts> read_track(const Parts& parts, const Options& options);
Result<Facts> read_page(const Parts& parts, const Options& options);
Result<Facts> read_screen(const Parts& parts, const Options& options);
Result<Facts> read_group(const Parts& parts, const Options& options);
Result<Facts> read_alias(const Parts& parts, const Options& options);

Result<Facts> read_facts(EventType type, const Parts& parts, const Options& options);

}  // namespace pintle::mapping
