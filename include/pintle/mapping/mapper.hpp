#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pintle/mapping/event.hpp"

namespace pintle::mapping {

enum class ApiVersion : std::uint8_t { v1, v2 };
enum class CreatedAt : std::uint8_t { event_time, omit };

struct Options {
    ApiVersion api_version = ApiVersion::v1;
    std::string device_token_event_name;  // empty: none
    CreatedAt created_at = CreatedAt::event_time;
    bool identify_anonymous = true;
    bool batch_anonymous = false;
    bool event_dedupe_id = true;
};

// One call of Customer.io's Track API, without host and credentials.
struct Request {
    std::string_view method;  // static: PUT, POST, DELETE
    std::string path;         // percent-encoded, from "/"
    std::string body;         // JSON; empty where the call has none
};

// What orders an event among others, as 64-bit hashes that stay the same across versions (they are stored); 0 is none.
// All kinds share one space of names, so that an alias's previous id meets the person or anonymous id it was. A
// collision only makes two strangers wait for each other.
struct Keys {
    std::uint64_t person = 0;     // user id, or email
    std::uint64_t anonymous = 0;  // anonymousId
    std::uint64_t previous = 0;   // alias's previousId
};

enum class EventType : std::uint8_t { track, identify, page, screen, group, alias, other };
inline constexpr std::array<std::string_view, 7> event_types{"track", "identify", "page", "screen",
                                                             "group", "alias",    "other"};

// By an event's `type`, in any case.
EventType find_event_type(std::string_view name);

struct Mapped {
    Request request;
    Keys keys;
    EventType type = EventType::other;
};

// RudderStack event in, Customer.io request out: a pure function (no clock, no I/O, no globals) whose buffers are
// reused. Not thread-safe; keep one a thread.
class Mapper {
public:
    explicit Mapper(Options options);
    ~Mapper();
    Mapper(Mapper&&) noexcept;
    Mapper& operator=(Mapper&&) noexcept;

    // Overwrites `out`, whose strings' memory is reused; on an error its content means nothing.
    Result<void> map(const Event& event, Mapped& out);

    // Whether `map` would take the event, and all of `out` but the request, which means nothing.
    Result<void> check(const Event& event, Mapped& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::mapping
