#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pintle/delivery/verdict.hpp"
#include "pintle/schedule/lanes.hpp"

namespace pintle::schedule {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

struct Policy {
    double rate = 1000;            // requests per second
    std::size_t connections = 64;  // requests under way at most
    Duration initial_backoff{1'000};
    Duration max_backoff{300'000};
    Duration max_age{86'400'000};     // a record that fails when it is older than this is dead
    Duration probe_interval{30'000};  // between tries of a held destination
    std::size_t window = 100'000;     // records that wait for no other one
    std::size_t waiting = 1'000'000;  // records that wait behind those, about 100 bytes each
};

// What to do now.
struct Step {
    enum class What : std::uint8_t {
        send,  // `position`, which is under way from now on, until `answered` or `put_back`
        wait,  // nothing before `until`, unless something is admitted or answered
        idle,  // nothing until something is admitted or answered
    };
    What what = What::idle;
    Position position = 0;
    TimePoint until;
};

// What an answer means for its record.
enum class Outcome : std::uint8_t { settled, dead, waiting };

// All decisions of one destination: lanes, retries with back-off and full jitter, rate, hold, breaker. Time is passed
// in and rises; chance comes from the seed. Pure. Not thread-safe.
class Scheduler {
public:
    Scheduler(const Policy& policy, std::uint64_t seed);
    ~Scheduler();

    // A record enters the window; positions must rise.
    void admit(const Entry& entry);

    // The destination was held when the last process ended, for this reason: it is until an answer releases it. The
    // first probe goes at once.
    void resume_hold(std::string reason, TimePoint now);

    Step next(TimePoint now);

    // `position` was sent and this came of it. `age`: since it was received, holds aside. For `waiting` it keeps its
    // place and `next` names it again later.
    Outcome answered(Position position, const delivery::Verdict& verdict, Duration age, TimePoint now);

    // `position`, which `next` named, is done with without having been sent (it could not be mapped): frees its lane.
    void discard(Position position);

    // `position` was handed out by `next` but not sent, or its answer never awaited: as if it had not been handed out.
    void put_back(Position position, TimePoint now);

    // `position` is to be sent once more at once, not counted as an attempt (it was redirected).
    void resend(Position position, TimePoint now);

    bool full() const noexcept;                       // nothing is to be admitted now
    std::size_t size() const noexcept;                // records in the window
    std::size_t under_way() const noexcept;           // of those, sent and not answered
    std::uint32_t attempts(Position position) const;  // answered so far, refused credentials aside
    bool backing_off(const Entry& entry) const;       // it waits for its time, or behind a record that does; a hint
    const std::optional<std::string>& hold() const noexcept;  // why the destination is held
    bool breaker_open() const noexcept;
    std::uint64_t shared_ids() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::schedule
