#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/http_message.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

enum class ApiVersion : std::uint8_t { v1, v2 };
enum class CreatedAt : std::uint8_t { event_time, omit };

// What a user id is to Customer.io. `automatic`: its text says which.
enum class UserIdType : std::uint8_t { automatic, id, email, cio_id };

// Whether a screen is an event "Viewed <screen> Screen" or Customer.io's own screen view.
enum class ScreenEvents : std::uint8_t { event, screen };

// Events that act on Customer.io instead of being recorded.
enum class SemanticEvent : std::uint8_t {
    user_deleted,
    user_suppressed,
    user_unsuppressed,
    device_created_or_updated,
    device_deleted,
    object_deleted,
    relationship_deleted,
};
inline constexpr std::array<std::string_view, 7> semantic_event_names{
    "User Deleted",   "User Suppressed", "User Unsuppressed",   "Device Created or Updated",
    "Device Deleted", "Object Deleted",  "Relationship Deleted"};
using SemanticEvents = std::bitset<semantic_event_names.size()>;  // one bit for each, in their order

struct Options {
    ApiVersion api_version = ApiVersion::v1;
    std::string device_token_event_name;  // empty: none
    CreatedAt created_at = CreatedAt::event_time;
    bool identify_anonymous = true;
    bool batch_anonymous = false;
    bool event_dedupe_id = true;
    UserIdType user_id_type = UserIdType::automatic;
    SemanticEvents semantic_events{0};  // those that are acted on
    bool convert_dates = false;
    bool relationships = false;
    ScreenEvents screen_events = ScreenEvents::event;
    bool device_attributes = false;
};

enum class EventType : std::uint8_t { track, identify, page, screen, group, alias, other };
inline constexpr std::array<std::string_view, 7> event_types{"track", "identify", "page", "screen",
                                                             "group", "alias",    "other"};

// From an event's `type`, ignoring case.
EventType find_event_type(std::string_view name);

struct Mapped {
    HttpRequest request;
    OrderingKeys keys;
    EventType type = EventType::other;
    std::optional<SemanticEvent> semantic_event;  // that the destination acts on; also set on an error
};

// Maps a RudderStack event to a Customer.io request. No clock, no I/O. Not thread-safe; keep one per thread, as it
// reuses its buffers.
class Mapper {
public:
    explicit Mapper(Options options);
    ~Mapper();
    Mapper(Mapper&&) noexcept;
    Mapper& operator=(Mapper&&) noexcept;

    // Overwrites `out`, reusing its memory. On an error its other content is undefined.
    Result<void> map(const json::Event& event, Mapped& out);

    // Like `map`, but leaves the request in `out` undefined.
    Result<void> validate(const json::Event& event, Mapped& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::customerio
