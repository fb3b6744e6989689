#pragma once

#include <algorithm>
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

#include "circuit_breaker.hpp"
#include "credential_pause.hpp"
#include "pintle/base/token_bucket.hpp"
#include "pintle/delivery/backoff.hpp"
#include "pintle/delivery/scheduler.hpp"

namespace pintle::delivery {

enum class Phase : std::uint8_t {
    ready,        // may be sent
    sent,         // in flight
    backing_off,  // waits for its time
    deferred,     // was a probe in vain, or was refused: others go before it
    blocked,      // was sent with the one before it in its queue, and waits for that one now
};

// One that waits for no other one, or was sent behind one that it follows. Those behind it in its queues are known to
// the queues alone, so that a long queue costs little.
struct Record {
    std::uint32_t attempts = 0;  // answered, refusals aside
    std::uint16_t failures = 0;  // what its back-off grows with: its own, and those of which nobody knows yet
    std::uint16_t limit = 0;     // how many may go with it, itself included; 0: as many as may
    Phase phase = Phase::ready;
    bool retried = false;      // it failed or was refused
    bool uncertain = false;    // all its failures came while nothing succeeded
    bool spared = false;       // failures that an outage caused were taken back from it, as they are once
    bool suspect = false;      // refused, and nothing has succeeded since
    bool refused = false;      // refused, and others were not: its own trouble
    bool unbatchable = false;  // cannot go with others
};

template <class T>
using EarliestFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

// Positions, the oldest first; for probes another one.
class OffsetQueue : public EarliestFirst<Offset> {
public:
    // Takes out the newest one or, half of the times, any. `chance` is in [0, 1). Looks at all.
    Offset take_other(double chance) {
        const bool newest = chance < 0.5;
        const auto any = c.begin() + static_cast<std::ptrdiff_t>((chance - 0.5) * 2 * static_cast<double>(c.size()));
        const auto place = newest ? std::ranges::max_element(c) : any;
        const Offset taken = std::exchange(*place, c.back());
        c.pop_back();
        std::ranges::make_heap(c, comp);
        return taken;
    }
};

// Records that are ready.
struct ReadyQueue {
    OffsetQueue companions;  // that may go together
    OffsetQueue singles;     // that go alone

    bool empty() const { return companions.empty() && singles.empty(); }
    bool single_is_next() const { return companions.empty() || (!singles.empty() && singles.top() < companions.top()); }
};

// What the scheduler knows. What comes of an answer is in answers.cpp.
struct Scheduler::State {
    using DeliveryResult = customerio::DeliveryResult;
    using Due = std::pair<TimePoint, Offset>;

    State(const Policy& p, std::uint64_t seed);

    Policy policy;
    std::mt19937_64 chance_source;
    Backoff backoff;
    TokenBucket bucket;
    CircuitBreaker breaker;
    Backoff uncertain_backoff;  // while nothing succeeds
    CredentialPause credential_pause;
    OrderingQueues queues;

    boost::unordered_flat_map<Offset, Record> records;
    ReadyQueue untried;                  // that never failed
    ReadyQueue retries;                  // all others
    bool retry_was_last = false;         // of the requests
    unsigned doublings = 0;              // of the limit of retries, one for each success since one failed
    std::optional<TimePoint> lingering;  // since when the first of a queue waits for others
    EarliestFirst<Due> due;              // those that back off
    std::vector<Offset> deferred;
    std::vector<Offset> uncertain;   // with those that are gone by now
    std::vector<Offset> suspects;    // likewise
    std::vector<Offset> freed;       // scratch
    std::size_t sent = 0;            // requests
    std::size_t retries_sent = 0;    // of those
    std::uint64_t last_number = 0;   // of the requests
    std::uint64_t suspected_at = 0;  // the last number when the first refusal came
    std::uint64_t paused_at = 0;     // the last number when the pause began
    std::uint64_t probe = 0;         // the one in flight, while paused; 0: none

    // Of the request that `build_batch` is about, in the same queue: who may follow, and in how many of its queues the
    // one before it goes with it.
    EarliestFirst<Offset> followers;
    boost::unordered_flat_map<Offset, std::uint8_t> passed;

    double chance() { return std::uniform_real_distribution<>{0, 1}(chance_source); }
    bool probing() const { return credential_pause.paused() || breaker.open(); }

    Record& record(Offset offset) { return records.find(offset)->second; }
    void make_ready(Offset offset);
    void wait_again(Offset offset);
    void wake_due(TimePoint now);
    void return_aside();
    void finish(Offset offset);

    Step next(TimePoint now);
    ReadyQueue* choose();
    Offset take(ReadyQueue& queue);
    TimePoint earliest(const ReadyQueue& queue, TimePoint now);
    std::vector<Offset> build_batch(Offset first);
    Offset take_companion(ReadyQueue& queue, std::uint16_t limit);
    void let_follow(Offset offset, std::uint16_t limit);

    bool ended(InFlight request);
    void succeeded(InFlight request, TimePoint now);
    void refused(std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe, TimePoint now,
                 std::vector<Resolution>& resolutions);
    void failed(InFlight request, std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe,
                TimePoint now, std::vector<Resolution>& resolutions);
    void decide_pause(TimePoint now);
    void clear_suspects(bool own_trouble, TimePoint now);
    void remove_uncertain(bool outage);
    void spread_aside(TimePoint now);
    bool count_uncertain(std::span<const Sent> sent_records);
    void count_failure(Record& failing, bool with_others);
    void limit_to_half(std::span<const Sent> sent_records);
    bool dead_letter_if_old(const Sent& one, std::vector<Resolution>& resolutions);
    void set_aside(Offset offset);
    void back_off(Offset offset, double jitter, std::optional<Duration> asked, TimePoint now);
};

}  // namespace pintle::delivery
