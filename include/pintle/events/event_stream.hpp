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

// What happens to events, for people who look: a bounded sample of it, kept in memory.
namespace pintle::events {

enum class Outcome : std::uint8_t { accepted, delivered, retried, dead_letter, dropped, rejected };
inline constexpr std::array<std::string_view, 6> outcomes{"accepted",    "delivered", "retried",
                                                          "dead_letter", "dropped",   "rejected"};

// What has just happened to an event, as who did it has it. Views; what is kept of it is copied.
struct Observation {
    Outcome outcome = Outcome::accepted;
    WallTime time;
    WallTime received;
    MessageHash message_id{};
    std::string_view source;
    std::string_view destination;
    std::string_view event;  // JSON; of a rejected request its body, which may be no JSON
    std::optional<Reason> reason;
    std::string_view message;  // the same, for people
    std::string_view method;   // of the request, where there was one
    std::string_view path;
    std::string_view body;
    int status = 0;  // of the answer; 0: there was none
    std::string_view answer;
    std::uint32_t attempts = 0;
};

// The same, kept.
struct EventRecord {
    std::uint64_t number = 0;  // rising
    Outcome outcome = Outcome::accepted;
    WallTime time;
    WallTime received;
    MessageHash message_id{};  // what happens to one event has the same
    std::string source;
    std::string destination;
    std::string type;  // as the event spells it
    std::string user;  // user id, else email, else anonymous id
    std::string name;  // of a track, page or screen
    std::string event;
    std::optional<Reason> reason;
    std::string message;
    std::string method;
    std::string path;
    std::string body;
    int status = 0;
    std::string answer;
    std::uint32_t attempts = 0;

    std::size_t size() const noexcept {
        return event.size() + body.size() + answer.size() + message.size() + sizeof(EventRecord);
    }
};
using EventRecordPtr = std::shared_ptr<const EventRecord>;

// Whom the event is about and what it says it is: what filters look at.
struct EventSummary {
    std::string type;
    std::string user;
    std::string email;
    std::string anonymous;
    std::string name;
};
EventSummary summarize(std::string_view event);

// Those that every field that is not empty fits.
struct Filter {
    std::string type;         // in any case
    std::string user;         // user id, email or anonymous id, whole
    std::string name;         // a part of the event's name, in any case
    std::string destination;  // whole
    std::array<bool, outcomes.size()> wanted{true, true, true, true, true, true};

    // It looks into events.
    bool narrow() const noexcept { return !type.empty() || !user.empty() || !name.empty(); }
    bool should_record(Outcome outcome, std::string_view of) const noexcept {
        return wanted[static_cast<std::size_t>(outcome)] && (destination.empty() || destination == of);
    }
    bool fits(const EventSummary& summary) const;
};

struct Limits {
    std::uint32_t unwatched = 10;  // happenings kept per tenth of a second and kind, while nobody looks
    std::uint32_t watched = 50;    // the same, while somebody does
    std::size_t kept = 1000;       // the last ones, for who comes later
    std::size_t kept_bytes = 16UL << 20U;
    std::size_t queued = 500;  // for one who looks and is slow
    std::size_t queued_bytes = 4UL << 20U;
};

class Subscriber;

// Thread-safe. Where nobody looks and its sample is full, an event costs it two reads of memory. Troubles (retried,
// dead letter, rejected) and the rest are sampled apart, so that many deliveries hide no failure.
class EventStream {
public:
    explicit EventStream(Limits limits = {}) : limits_(limits) {}
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    // Whether `show` would do anything: asked before it is prepared for.
    bool should_record(Outcome outcome, WallTime now) noexcept;

    void record(const Observation& sight);

    // Of the last ones those that fit, the newest first.
    std::vector<EventRecordPtr> recent(const Filter& filter, std::size_t limit) const;

    // From now on what fits is kept for the watcher too, past the sample if the filter is narrow. `wake` is called on
    // any thread when there is something new for it after it was empty; it must not block. The feed must outlive it.
    std::unique_ptr<Subscriber> subscribe(Filter filter, std::function<void()> wake);

    std::size_t subscribers() const noexcept { return subscriber_count_; }

private:
    friend class Subscriber;

    // What may still be kept of the current tenth of a second.
    struct Quota {
        std::atomic<std::int64_t> tenth{0};
        std::atomic<std::uint32_t> left{0};
    };

    Quota& quota(Outcome outcome) noexcept;
    bool take(Outcome outcome, WallTime now) noexcept;
    void retain(const EventRecordPtr& shown) REQUIRES(mutex_);
    void leave(const Subscriber& watcher);

    const Limits limits_;
    std::array<Quota, 2> quotas_;
    std::atomic<std::size_t> subscriber_count_{0};
    std::atomic<std::size_t> narrow_{0};
    std::atomic<std::uint64_t> left_out_{0};  // of the sample, while somebody looked
    std::atomic<std::uint64_t> last_{0};
    mutable Mutex mutex_;  // also for the subscribers' queues
    std::deque<EventRecordPtr> kept_ GUARDED_BY(mutex_);
    std::size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
    std::vector<Subscriber*> subscribers_ GUARDED_BY(mutex_);
};

// One who looks; leaves when destroyed.
class Subscriber {
public:
    ~Subscriber() { feed_.leave(*this); }
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    struct Update {
        std::vector<EventRecordPtr> shown;  // in order
        std::uint64_t skipped = 0;          // left out since the last time: of the sample, or as too much waited here
    };
    Update take();

private:
    friend class EventStream;
    Subscriber(EventStream& feed, Filter filter, std::function<void()> wake);
    bool should_record(Outcome outcome, std::string_view destination, const EventSummary& summary) const;
    void put(const EventRecordPtr& shown);

    EventStream& feed_;
    const Filter filter_;
    const std::function<void()> wake_;
    std::vector<EventRecordPtr> queue_ GUARDED_BY(feed_.mutex_);
    std::size_t bytes_ GUARDED_BY(feed_.mutex_) = 0;
    std::uint64_t skipped_ GUARDED_BY(feed_.mutex_) = 0;
    std::uint64_t left_out_ GUARDED_BY(feed_.mutex_) = 0;  // the feed's, as last told
};

}  // namespace pintle::events
