#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ordering_queues.hpp"
#include "pintle/customerio/response.hpp"

namespace pintle::delivery {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

struct Policy {
    double rate = 1000;            // requests per second
    std::size_t connections = 64;  // requests in flight at most
    Duration initial_backoff{1'000};
    Duration max_backoff{300'000};
    Duration max_age{86'400'000};         // a record whose retry fails when it is older than this is dead-lettered
    Duration probe_interval{30'000};      // between probes of a paused destination
    std::size_t max_items = 1;            // records that go in one request; 1: no batches
    Duration linger{5};                   // how long a batch that is not full waits for blocked records to join it
    bool allow_same_person = false;       // records of one queue may follow each other in a batch
    std::size_t window = 100'000;         // records that are not blocked
    OrderingQueues::Limits queue_limits;  // for those that are blocked or skipped
};

// Identifies a request. `next` begins it; one of `answered`, `bisect`, `requeue`, `resend` and `cancel` ends it.
struct InFlight {
    std::uint64_t number = 0;  // rising
    bool retry = false;        // its records failed before
};

// What to do now.
struct Step {
    enum class Action : std::uint8_t {
        send,  // a request with `offset`, which is in flight from now on, and with the records that `build_batch` adds
        wait,  // nothing before `until`, unless a record is enqueued or a response comes
        idle,  // nothing until a record is enqueued or a response comes
    };
    Action action = Action::idle;
    Offset offset = 0;
    TimePoint until;
    InFlight request;
};

// What a response means for its record.
enum class Resolution : std::uint8_t { delivered, dead_letter, retry };

// All decisions of one destination: order, retries with back-off and full jitter, rate, pauses, circuit breaker. The
// time is an argument and never goes back; random choices come from the seed. No I/O. Not thread-safe.
//
// Records that never failed go first. Retries get at most half of the connections, and at most every other request
// while others are ready. A failure counts as the destination's until a request succeeds: its record is retried after a
// second at most. 20 such requests, or 3 if the first is 3 seconds ago, open the circuit breaker until a request
// succeeds. The destination is paused if 3 requests with different records are unauthorized, or if no other record is
// ready, and none succeeds meanwhile.
class Scheduler {
public:
    Scheduler(const Policy& policy, std::uint64_t seed);
    ~Scheduler();
    Scheduler(Scheduler&&) noexcept;
    Scheduler& operator=(Scheduler&&) noexcept;

    // Offers a record that was read for the first time; offsets must rise.
    Enqueued enqueue(const Entry& entry);

    // For skipped records, which `enqueue` left on disk. See OrderingQueues.
    void set_scarce(bool scarce) noexcept;
    std::optional<Offset> next_scan();
    Enqueued enqueue_again(const Entry& entry);
    void scanned(Offset offset, Offset last_read);
    std::size_t skipped_keys() const noexcept;
    bool overflows() const noexcept;
    void watch_queues(journal::FullQueues& full_queues, std::uint64_t max);

    // The destination rejected our credentials when the last process ended. It stays paused until a response ends that.
    // The first probe is due now.
    void restore_pause(std::string message, TimePoint now);

    // Replaces the policy and keeps the state: records that back off keep their time, and a rate that a 429 lowered
    // stays lower. If the destination is paused or the circuit breaker is open, the next probe is due now.
    void reconfigure(const Policy& policy, TimePoint now);

    Step next(TimePoint now);

    // The records of the request that `next` has just begun with `first`: `first` and those that go with it. All are in
    // flight from now on; records of one queue are in their order. Called once for each request, before anything else.
    std::vector<Offset> build_batch(Offset first);

    // Takes `offset`, which `build_batch` named, out of its request. If it is `unbatchable` it will go in a request of
    // its own.
    void exclude(Offset offset, bool unbatchable = false);

    // Whether `offset` may go only together with the record before it in its queue.
    bool is_blocked_by_previous(Offset offset) const;

    // Removes `offset`, which was not sent (it could not be mapped, say), and unblocks its successors. Only for a
    // record that is not blocked by a previous one.
    void discard(Offset offset);

    // The request is not sent, as no record is left in it.
    void cancel(InFlight request);

    // One record that was sent.
    struct Sent {
        Offset offset = 0;
        Duration age{};         // since it was received, without pauses
        bool rejected = false;  // by itself; `result` is about the others
    };

    // The response to a request, with all records that were sent in it, in the order of `build_batch`. Appends a
    // resolution for each. A record to `retry` keeps its place; `next` or `build_batch` names it again later.
    void answered(InFlight request, std::span<const Sent> records, const customerio::DeliveryResult& result,
                  TimePoint now, std::vector<Resolution>& resolutions);
    // The same for a request with one record, the one that `next` named.
    Resolution answered(const Step& step, const customerio::DeliveryResult& result, Duration age, TimePoint now);

    // The request, of several records, was rejected as a whole. They are ready again, at most half as many together. It
    // does not count as an attempt.
    void bisect(InFlight request, std::span<const Offset> records, TimePoint now);

    // The request was not sent, or its response not awaited: as if it had not begun.
    void requeue(InFlight request, std::span<const Offset> records);

    // The records are ready again, without a back-off and without counting an attempt (the request was redirected).
    void resend(InFlight request, std::span<const Offset> records);

    bool full() const noexcept;              // no record should be enqueued now
    std::size_t size() const noexcept;       // records in memory
    std::size_t in_flight() const noexcept;  // requests
    bool is_in_flight(Offset offset) const;
    std::uint32_t attempts(Offset offset) const;  // without unauthorized ones, unless others were authorized
    bool backing_off(const Entry& entry) const;   // it backs off, or is blocked by a record that does; a hint

    // How the destination rejected our credentials, while it is paused for that.
    const std::optional<std::string>& pause_message() const noexcept;
    bool circuit_breaker_open() const noexcept;
    bool is_excluded_from_ordering(std::uint64_t id) const;
    std::uint64_t ids_excluded_from_ordering() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::delivery
