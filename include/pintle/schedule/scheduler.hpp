#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pintle/delivery/verdict.hpp"
#include "pintle/schedule/lanes.hpp"

namespace pintle::schedule {

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
    bool allow_same_person = false;   // records of one lane may follow each other in a batch
    std::size_t window = 100'000;     // records that wait for no other one
    Lanes::Limits waiting;            // what may wait behind those in memory, and be skipped
};

// Identifies a request from the `next` that began it until it ends, by one of `answered`, `halve`, `put_back`, `resend`
// and `abandon`.
struct InFlight {
    std::uint64_t number = 0;  // rising
    bool retry = false;        // of records that failed before
};

// What to do now.
struct Step {
    enum class What : std::uint8_t {
        send,  // a request with `position`, which is in flight from now on, and with what `gather` names
        wait,  // nothing before `until`, unless something is admitted or answered
        idle,  // nothing until something is admitted or answered
    };
    What what = What::idle;
    Position position = 0;
    TimePoint until;
    InFlight request;
};

// What an answer means for its record.
enum class Outcome : std::uint8_t { settled, dead, waiting };

// All decisions of one destination: lanes, retries with back-off and full jitter, rate, pauses, circuit breaker. Time
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

    // Offers a record that was read for the first time; positions must rise.
    Admission admit(const Entry& entry);

    // Skipped records, that `admit` left on disk: as `Lanes` has it.
    void set_scarce(bool scarce) noexcept;
    std::optional<Position> next_scan();
    Admission readmit(const Entry& entry);
    void scanned(Position position, Position last_read);
    std::size_t skipped_keys() const noexcept;
    bool overflows() const noexcept;
    void watch_queues(record::FullQueues& full_queues, std::uint64_t max);

    // The destination was paused when the last process ended, as it rejected our credentials: it is until a response
    // ends that. The first probe goes at once.
    void restore_pause(std::string message, TimePoint now);

    // Goes on by another policy, with all it knows: what waits for its time keeps it, and what a 429 took of the rate
    // stays taken. Where the destination is paused or the circuit breaker is open, the next probe is due now.
    void reconfigure(const Policy& policy, TimePoint now);

    Step next(TimePoint now);

    // The records of the request that `next` has just begun with `first`: itself and those that go with it, all under
    // way from now on, a lane's in their order. Called once for each request, at once.
    std::vector<Position> gather(Position first);

    // `position`, which `gather` named, is not part of its request after all. `alone`: it cannot go with others, and
    // will be named by itself.
    void leave_out(Position position, bool alone = false);

    // Whether `position` may go only if the record before it in its lane goes with it.
    bool follows(Position position) const;

    // `position` is done with without having been sent (it could not be mapped): frees its lane. Not for one that
    // follows another.
    void discard(Position position);

    // Nothing is left of the request: it is not sent.
    void abandon(InFlight request);

    // One record that was sent.
    struct Sent {
        Position position = 0;
        Duration age{};         // since it was received, pauses aside
        bool rejected = false;  // by itself, while `verdict` is for the others
    };

    // A request came back, with all that was sent in it, in the order of `gather`. Appends an outcome for each. For
    // `waiting` it keeps its place and `next` or `gather` names it again later.
    void answered(InFlight request, std::span<const Sent> records, const delivery::Verdict& verdict, TimePoint now,
                  std::vector<Outcome>& outcomes);
    // The same for a request of one record, the one that `next` named.
    Outcome answered(const Step& step, const delivery::Verdict& verdict, Duration age, TimePoint now);

    // The request, of several records, was refused as a whole: they go again at once, half as many together. It counts
    // as no attempt.
    void halve(InFlight request, std::span<const Position> records, TimePoint now);

    // The request was not sent, or its answer never awaited: as if it had not begun.
    void put_back(InFlight request, std::span<const Position> records);

    // The request is to be sent once more at once, not counted as an attempt (it was redirected).
    void resend(InFlight request, std::span<const Position> records);

    bool full() const noexcept;                       // nothing is to be admitted or readmitted now
    std::size_t size() const noexcept;                // records in memory
    std::size_t in_flight() const noexcept;           // requests sent and not answered
    std::uint32_t attempts(Position position) const;  // answered so far, refused credentials aside
    bool backing_off(const Entry& entry) const;       // it waits for its time, or behind a record that does; a hint

    // How the destination rejects our credentials, while it is paused for that.
    const std::optional<std::string>& pause_message() const noexcept;
    bool circuit_breaker_open() const noexcept;
    bool is_shared(std::uint64_t id) const;
    std::uint64_t shared_ids() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::schedule
