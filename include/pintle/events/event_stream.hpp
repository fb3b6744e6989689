#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"
#include "pintle/events/logged_events.hpp"

// The event stream: a bounded sample of what happens to events, kept in memory for people.
namespace pintle::events {

enum class Outcome : std::uint8_t { accepted, delivered, retried, dead_letter, dropped, rejected };
inline constexpr std::array<std::string_view, 6> outcomes{"accepted",    "delivered", "retried",
                                                          "dead_letter", "dropped",   "rejected"};

// What has just happened to an event. Views, which are copied into a record.
struct Observation {
    Outcome outcome = Outcome::accepted;
    WallTime time;
    WallTime received;
    MessageHash message_id{};
    std::string_view source;
    std::string_view destination;
    std::string_view event;  // JSON; for a rejected request its body, which may be invalid JSON
    std::string_view type;   // of an event that does not name its type itself
    std::optional<Reason> reason;
    std::string_view message;  // the reason, for people
    std::string_view method;   // of the request, where there was one
    std::string_view path;
    std::string_view body;
    int status = 0;  // of the response; 0: there was none
    std::string_view response_body;
    std::uint32_t attempts = 0;
    std::uint64_t letter = 0;  // the id of a dead letter
};

// A stored observation.
struct EventRecord {
    std::uint64_t number = 0;  // rising
    Outcome outcome = Outcome::accepted;
    WallTime time;
    WallTime received;
    MessageHash message_id{};  // identifies the event across records
    std::string source;
    std::string destination;
    std::string type;  // as in the event
    std::string user;  // user id, else email, else anonymous id
    std::string name;  // of a track, page or screen
    std::string event;
    std::optional<Reason> reason;
    std::string message;
    std::string method;
    std::string path;
    std::string body;
    int status = 0;
    std::string response_body;
    std::uint32_t attempts = 0;
    std::string letter;  // DESTINATION/ID of a dead letter

    std::size_t size() const noexcept {
        return event.size() + body.size() + response_body.size() + message.size() + sizeof(EventRecord);
    }
};
using EventRecordPtr = std::shared_ptr<const EventRecord>;

// The fields of an event that filters use.
struct EventSummary {
    std::string type;
    std::string user;
    std::string email;
    std::string anonymous;
    std::string name;
    std::string message_id;
    std::string previous;  // the user that an alias names by `previousId`
};
EventSummary summarize(std::string_view event);

// Matches records that match every field that is not empty.
struct Filter {
    std::string type;         // in any case
    std::string user;         // exact user id, email, anonymous id or previous id
    std::string message_id;   // exact
    std::string name;         // a part of the event's name, in any case
    std::string destination;  // exact
    std::array<bool, outcomes.size()> wanted{true, true, true, true, true, true};

    // It needs the fields of the event.
    bool narrow() const noexcept { return !type.empty() || !user.empty() || !message_id.empty() || !name.empty(); }
    bool matches(Outcome outcome, std::string_view of) const noexcept {
        return wanted[static_cast<std::size_t>(outcome)] && (destination.empty() || destination == of);
    }
    bool matches(const EventSummary& summary) const;
};

struct Limits {
    std::uint32_t unwatched = 10;  // records per tenth of a second and quota without subscribers
    std::uint32_t watched = 50;    // the same with subscribers
    std::size_t kept = 1000;       // the latest records
    std::size_t kept_bytes = 16UL << 20U;
    std::size_t queued = 500;  // for a slow subscriber
    std::size_t queued_bytes = 4UL << 20U;
};

class Subscriber;

// Thread-safe. Without subscribers and with a full sample an event costs two memory reads. Failures (retried, dead
// letter, rejected) have a quota of their own, so that many deliveries do not hide them.
class EventStream {
public:
    explicit EventStream(Limits limits = {}) : limits_(limits) {}
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    // True if `record` would keep it: asked before an observation is prepared.
    bool should_record(Outcome outcome, WallTime now) noexcept;

    void record(const Observation& observation);

    // The latest records that match, newest first.
    std::vector<EventRecordPtr> recent(const Filter& filter, std::size_t limit) const;

    // Records that match are queued for the subscriber from now on, beyond the sample if the filter is narrow. `wake`
    // is called on any thread when its empty queue gets a record; it must not block. The stream must outlive the
    // subscriber.
    std::unique_ptr<Subscriber> subscribe(Filter filter, std::function<void()> wake);

    std::size_t subscribers() const noexcept { return subscriber_count_; }

    // From now on those events are logged as well. `redact`: without their users and messages.
    void log(LoggedEvents events, bool redact) noexcept {
        redact_log_ = redact;
        logged_ = events;
    }

private:
    friend class Subscriber;

    // How many records the current tenth of a second may still add.
    struct Quota {
        std::atomic<std::int64_t> tenth{0};
        std::atomic<std::uint32_t> left{0};
    };

    bool is_logged(Outcome outcome) const noexcept;
    void write_to_log(const Observation& observation, const EventSummary& summary) const;
    Quota& quota(Outcome outcome) noexcept;
    bool take(Outcome outcome, WallTime now) noexcept;
    void retain(const EventRecordPtr& shown) REQUIRES(mutex_);
    void leave(const Subscriber& subscriber);

    const Limits limits_;
    std::array<Quota, 2> quotas_;
    std::atomic<std::size_t> subscriber_count_{0};
    std::atomic<std::size_t> narrow_{0};
    std::atomic<std::uint64_t> left_out_{0};  // of the sample while there were subscribers
    std::atomic<std::uint64_t> last_{0};
    std::atomic<LoggedEvents> logged_{LoggedEvents::off};
    std::atomic<bool> redact_log_{false};
    mutable Mutex mutex_;  // guards all below and the subscribers' queues
    std::deque<EventRecordPtr> kept_ GUARDED_BY(mutex_);
    std::size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
    std::vector<Subscriber*> subscribers_ GUARDED_BY(mutex_);
};

// A subscriber of the stream; unsubscribes when destroyed.
class Subscriber {
public:
    ~Subscriber() { feed_.leave(*this); }
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    struct Update {
        std::vector<EventRecordPtr> shown;  // in order
        std::uint64_t skipped = 0;          // records omitted since the last call: by the sample or by a full queue
    };
    Update take();

private:
    friend class EventStream;
    Subscriber(EventStream& feed, Filter filter, std::function<void()> wake);
    bool wants(Outcome outcome, std::string_view destination, const EventSummary& summary) const;
    void put(const EventRecordPtr& shown);

    EventStream& feed_;
    const Filter filter_;
    const std::function<void()> wake_;
    std::vector<EventRecordPtr> queue_ GUARDED_BY(feed_.mutex_);
    std::size_t bytes_ GUARDED_BY(feed_.mutex_) = 0;
    std::uint64_t skipped_ GUARDED_BY(feed_.mutex_) = 0;
    std::uint64_t left_out_ GUARDED_BY(feed_.mutex_) = 0;  // of the stream at the last call
};

}  // namespace pintle::events
