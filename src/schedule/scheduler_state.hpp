#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pintle/schedule/backoff.hpp"
#include "pintle/schedule/scheduler.hpp"
#include "schedule/breaker.hpp"
#include "schedule/hold_gate.hpp"
#include "schedule/token_bucket.hpp"

namespace pintle::schedule {

enum class Phase : std::uint8_t {
    ready,        // may be sent
    sent,         // under way
    backing_off,  // waits for its time
    aside,        // was a probe in vain: others probe before it
    blocked,      // was sent with the one before it in its lane, and waits for that one now
};

// One that waits for no other one, or was sent behind one that it follows. Those behind it in its lanes are known to
// the lanes alone, so that a long queue costs little.
struct Record {
    std::uint32_t attempts = 0;  // answered, refusals aside
    std::uint16_t failures = 0;  // of those, the ones that were no probes; what its back-off grows with
    std::uint16_t limit = 0;     // how many may go with it, itself included; 0: as many as may
    Phase phase = Phase::ready;
    bool refused = false;  // its credentials were refused once
    bool alone = false;    // cannot go with others
};

template <class T>
using EarliestFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

// What the scheduler knows. What comes of an answer is in answers.cpp.
struct Scheduler::State {
    using Verdict = delivery::Verdict;
    using Due = std::pair<TimePoint, Position>;

    State(const Policy& p, std::uint64_t seed);

    Policy policy;
    std::mt19937_64 chance_source;
    Backoff backoff;
    TokenBucket bucket;
    Breaker breaker;
    HoldGate gate;
    Lanes lanes;

    boost::unordered_flat_map<Position, Record> records;
    EarliestFirst<Position> ready;       // that may go together
    EarliestFirst<Position> singles;     // that are ready to go alone
    std::optional<TimePoint> lingering;  // since when the first of `ready` waits for others
    EarliestFirst<Due> due;              // those that back off
    std::vector<Position> aside;
    std::vector<Position> freed;  // scratch
    std::size_t sent = 0;         // requests
    Position probe = 0;           // the one under way, while held or open; 0: none

    // Of the request that `gather` is about, in the same lane: who may follow, and in how many of its lanes the one
    // before it goes with it.
    EarliestFirst<Position> followers;
    boost::unordered_flat_map<Position, std::uint8_t> passed;

    double chance() { return std::uniform_real_distribution<>{0, 1}(chance_source); }
    bool probing() const { return gate.held() || breaker.open(); }

    Record& record(Position position) { return records.find(position)->second; }
    void make_ready(Position position);
    void wait_again(Position position);
    void wake_due(TimePoint now);
    void return_aside();
    void finish(Position position);

    Step next(TimePoint now);
    TimePoint earliest(TimePoint now);
    bool single_is_next() const;
    std::vector<Position> gather(Position first);
    Position take_companion(std::uint16_t limit);
    void let_follow(Position position, std::uint16_t limit);

    bool ended(Position first);
    void succeeded(bool was_probe);
    void refused(std::span<const Sent> request, const Verdict& verdict, bool was_probe, TimePoint now,
                 std::vector<Outcome>& outcomes);
    void failed(std::span<const Sent> request, const Verdict& verdict, bool was_probe, TimePoint now,
                std::vector<Outcome>& outcomes);
    void set_aside(Position position);
    void back_off(Position position, double chance, const Verdict& verdict, TimePoint now);
};

}  // namespace pintle::schedule
