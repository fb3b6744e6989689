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
    Duration max_age{86'400'000};     // a record that fails when it is older than this is dead
    Duration probe_interval{30'000};  // between probes of a paused destination
    std::size_t max_items = 1;        // records that go in one request; 1: no batches
    Duration linger{5};               // what a batch that is not full waits for more, where any wait
    bool allow_same_person = false;   // records of one queue may follow each other in a batch
    std::size_t window = 100'000;     // records that wait for no other one
    OrderingQueues::Limits waiting;   // what may wait behind those in memory, and be skipped
};

// Identifies a request from the `next` that began it until it ends, by one of `answered`, `bisect`, `requeue`, `resend`
// and `cancel`.
struct InFlight {
    std::uint64_t number = 0;  // rising
    bool retry = false;        // of records that failed before
};

// What to do now.
struct Step {
    enum class Action : std::uint8_t {
        send,  // a request with `offset`, which is in flight from now on, and with what `build_batch` names
        wait,  // nothing before `until`, unless something is admitted or answered
        idle,  // nothing until something is admitted or answered
    };
    Action action = Action::idle;
    Offset offset = 0;
    TimePoint until;
    InFlight request;
};

// What an answer means for its record.
enum class Resolution : std::uint8_t { delivered, dead_letter, retry };

// All decisions of one destination: queues, retries with back-off and full jitter, rate, pauses, circuit breaker. Time
// is passed in and rises; chance comes from the seed. Pure. Not thread-safe.
//
// Records that never failed go first. Retries get at most half of the connections, and at most every second request
// while others are ready. What fails while nothing succeeds is not yet a record's own trouble: it waits at most a
// second. 20 such requests, or 3 in 3 seconds, open the breaker, until anything succeeds. Refusals of 3 requests'
// different records, or of all that there are, pause the destination if nothing succeeds meanwhile.
class Scheduler {
public:
    Scheduler(const Policy& policy, std::uint64_t seed);
    ~Scheduler();

    // Offers a record that was read for the first time; offsets must rise.
    Enqueued enqueue(const Entry& entry);

    // Skipped records, that `enqueue` left on disk: as `OrderingQueues` has it.
    void set_scarce(bool scarce) noexcept;
    std::optional<Offset> next_scan();
    Enqueued enqueue_again(const Entry& entry);
    void scanned(Offset offset, Offset last_read);
    std::size_t skipped_keys() const noexcept;
    bool overflows() const noexcept;
    void watch_queues(journal::FullQueues& full_queues, std::uint64_t max);

    // The destination was paused when the last process ended, as it rejected our credentials: it is until a response
    // ends that. The first probe goes at once.
    void restore_pause(std::string message, TimePoint now);

    // Goes on by another policy, with all it knows: what waits for its time keeps it, and what a 429 took of the rate
    // stays taken. Where the destination is paused or the circuit breaker is open, the next probe is due now.
    void reconfigure(const Policy& policy, TimePoint now);

    Step next(TimePoint now);

    // The records of the request that `next` has just begun with `first`: itself and those that go with it, all under
    // way from now on, a queue's in their order. Called once for each request, at once.
    std::vector<Offset> build_batch(Offset first);

    // `offset`, which `build_batch` named, is not part of its request after all. `alone`: it cannot go with others, and
    // will be named by itself.
    void exclude(Offset offset, bool unbatchable = false);

    // Whether `offset` may go only if the record before it in its queue goes with it.
    bool is_blocked_by_previous(Offset offset) const;

    // `offset` is done with without having been sent (it could not be mapped): frees its queue. Not for one that
    // follows another.
    void discard(Offset offset);

    // Nothing is left of the request: it is not sent.
    void cancel(InFlight request);

    // One record that was sent.
    struct Sent {
        Offset offset = 0;
        Duration age{};         // since it was received, pauses aside
        bool rejected = false;  // by itself, while `result` is for the others
    };

    // A request came back, with all that was sent in it, in the order of `build_batch`. Appends an outcome for each.
    // For `waiting` it keeps its place and `next` or `build_batch` names it again later.
    void answered(InFlight request, std::span<const Sent> records, const customerio::DeliveryResult& result,
                  TimePoint now, std::vector<Resolution>& resolutions);
    // The same for a request of one record, the one that `next` named.
    Resolution answered(const Step& step, const customerio::DeliveryResult& result, Duration age, TimePoint now);

    // The request, of several records, was refused as a whole: they go again at once, half as many together. It counts
    // as no attempt.
    void bisect(InFlight request, std::span<const Offset> records, TimePoint now);

    // The request was not sent, or its answer never awaited: as if it had not begun.
    void requeue(InFlight request, std::span<const Offset> records);

    // The request is to be sent once more at once, not counted as an attempt (it was redirected).
    void resend(InFlight request, std::span<const Offset> records);

    bool full() const noexcept;                   // nothing is to be admitted or readmitted now
    std::size_t size() const noexcept;            // records in memory
    std::size_t in_flight() const noexcept;       // requests sent and not answered
    std::uint32_t attempts(Offset offset) const;  // answered so far, refused credentials aside
    bool backing_off(const Entry& entry) const;   // it waits for its time, or behind a record that does; a hint

    // How the destination rejects our credentials, while it is paused for that.
    const std::optional<std::string>& pause_message() const noexcept;
    bool circuit_breaker_open() const noexcept;
    bool is_excluded_from_ordering(std::uint64_t id) const;
    std::uint64_t ids_excluded_from_ordering() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::delivery
