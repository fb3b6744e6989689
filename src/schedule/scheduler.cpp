#include "pintle/schedule/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <random>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "schedule/backoff.hpp"
#include "schedule/breaker.hpp"
#include "schedule/hold_gate.hpp"
#include "schedule/token_bucket.hpp"

namespace pintle::schedule {
namespace {

using delivery::Fate;
using delivery::Verdict;

enum class Phase : std::uint8_t {
    ready,        // may be sent
    sent,         // under way
    backing_off,  // waits for its time
    aside,        // was a probe in vain: others probe before it
};

// One that waits for no other one. Those behind it in its lanes are known to the lanes alone, so that a long queue
// costs little.
struct Record {
    std::uint32_t attempts = 0;  // answered, refusals aside
    std::uint16_t failures = 0;  // of those, the ones that were no probes; what its back-off grows with
    Phase phase = Phase::ready;
    bool refused = false;  // its credentials were refused once
};

using Due = std::pair<TimePoint, Position>;
template <class T>
using EarliestFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

}  // namespace

struct Scheduler::State {
    State(const Policy& p, std::uint64_t seed)
        : policy(p),
          chance_source(seed),
          backoff(p.initial_backoff, p.max_backoff),
          bucket(p.rate),
          breaker(backoff),
          gate(p.probe_interval) {}

    Policy policy;
    std::mt19937_64 chance_source;
    Backoff backoff;
    TokenBucket bucket;
    Breaker breaker;
    HoldGate gate;
    Lanes lanes;

    boost::unordered_flat_map<Position, Record> records;
    EarliestFirst<Position> ready;
    EarliestFirst<Due> due;  // those that back off
    std::vector<Position> aside;
    std::vector<Position> freed;  // scratch
    std::size_t sent = 0;
    Position probe = 0;  // the one under way, while held or open; 0: none

    double chance() { return std::uniform_real_distribution<>{0, 1}(chance_source); }
    bool probing() const { return gate.held() || breaker.open(); }

    void make_ready(Position position) {
        records[position].phase = Phase::ready;
        ready.push(position);
    }

    void wake_due(TimePoint now) {
        for (; !due.empty() && due.top().first <= now; due.pop()) make_ready(due.top().second);
    }

    void return_aside() {
        for (const Position position : aside) make_ready(position);
        aside.clear();
    }

    Step next(TimePoint now);
    Record& came_back(Position position);
    void finish(Position position);
    Outcome refused(Position position, Record& record, const Verdict& verdict, Duration age, bool was_probe,
                    TimePoint now);
    Outcome failed(Position position, Record& record, const Verdict& verdict, Duration age, bool was_probe,
                   TimePoint now);
    void succeeded(bool was_probe);
    Outcome set_aside(Position position, Record& record);
    Outcome back_off(Position position, Record& record, const Verdict& verdict, TimePoint now);
};

Step Scheduler::State::next(TimePoint now) {
    wake_due(now);
    if (sent >= policy.connections || (probing() && probe != 0)) return {};
    if (ready.empty()) return_aside();
    if (ready.empty()) return due.empty() ? Step{} : Step{Step::What::wait, 0, due.top().first};

    TimePoint at = bucket.ready_at(now);
    if (gate.held()) {
        at = std::max(at, gate.probe_at());
    } else if (breaker.open()) {
        at = std::max(at, breaker.probe_at());
    }
    if (at > now) return {Step::What::wait, 0, at};

    bucket.take();
    const Position position = ready.top();
    ready.pop();
    records.find(position)->second.phase = Phase::sent;
    ++sent;
    if (probing()) probe = position;
    return {Step::What::send, position, {}};
}

Record& Scheduler::State::came_back(Position position) {
    --sent;
    if (probe == position) probe = 0;
    return records.find(position)->second;
}

void Scheduler::State::finish(Position position) {
    records.erase(position);
    freed.clear();
    lanes.settle(position, freed);
    for (const Position next_one : freed) make_ready(next_one);
}

// The destination took or judged the record, so it works and knows our credentials. What was sent before a hold or the
// breaker began says nothing about now.
void Scheduler::State::succeeded(bool was_probe) {
    if (!was_probe) return breaker.succeeded();
    gate.release();
    breaker.close();
    return_aside();
}

Outcome Scheduler::State::refused(Position position, Record& record, const Verdict& verdict, Duration age,
                                  bool was_probe, TimePoint now) {
    // Refused again after others were let through: this record's own trouble (a firewall that dislikes it, say), which
    // must not hold everybody up time and again.
    if (record.refused && !gate.held()) return failed(position, record, verdict, age, was_probe, now);
    record.refused = true;
    gate.refuse(verdict.reason, now);
    if (was_probe) gate.probed(now, verdict.retry_after);
    breaker.close();  // it answers
    return set_aside(position, record);
}

Outcome Scheduler::State::failed(Position position, Record& record, const Verdict& verdict, Duration age,
                                 bool was_probe, TimePoint now) {
    if (verdict.throttled) bucket.throttle(now);
    ++record.attempts;
    // A gateway that is down says nothing about our credentials: the hold goes on.
    if (was_probe && gate.held()) {
        gate.probed(now, verdict.retry_after);
        return set_aside(position, record);
    }
    if (was_probe) {
        breaker.probe_failed(now, chance(), verdict.retry_after);
    } else if (record.failures == 0) {
        // Only a record's first failure counts, or a few that can never succeed would stop everybody.
        breaker.failed(now, chance(), verdict.retry_after);
    }
    if (age > policy.max_age) {
        finish(position);
        return Outcome::dead;
    }
    return was_probe ? set_aside(position, record) : back_off(position, record, verdict, now);
}

Outcome Scheduler::State::set_aside(Position position, Record& record) {
    record.phase = Phase::aside;
    aside.push_back(position);
    return Outcome::waiting;
}

Outcome Scheduler::State::back_off(Position position, Record& record, const Verdict& verdict, TimePoint now) {
    if (record.failures < UINT16_MAX) ++record.failures;
    record.phase = Phase::backing_off;
    due.emplace(now + backoff.wait(record.failures, chance(), verdict.retry_after), position);
    return Outcome::waiting;
}

Scheduler::Scheduler(const Policy& policy, std::uint64_t seed) : state_(std::make_unique<State>(policy, seed)) {}
Scheduler::~Scheduler() = default;

void Scheduler::admit(const Entry& entry) {
    if (state_->lanes.admit(entry)) state_->make_ready(entry.position);
}

void Scheduler::resume_hold(std::string reason, TimePoint now) {
    state_->gate.resume(std::move(reason), now);
}

Step Scheduler::next(TimePoint now) {
    return state_->next(now);
}

Outcome Scheduler::answered(Position position, const Verdict& verdict, Duration age, TimePoint now) {
    State& s = *state_;
    const bool was_probe = s.probe == position;
    Record& record = s.came_back(position);
    switch (verdict.fate) {
        case Fate::delivered:
        case Fate::dead:
            s.succeeded(was_probe);
            s.finish(position);
            return verdict.fate == Fate::delivered ? Outcome::settled : Outcome::dead;
        case Fate::held: return s.refused(position, record, verdict, age, was_probe, now);
        case Fate::retry:
        case Fate::redirected: break;  // to where it may not follow
    }
    return s.failed(position, record, verdict, age, was_probe, now);
}

void Scheduler::discard(Position position) {
    state_->came_back(position);
    state_->finish(position);
}

void Scheduler::put_back(Position position, TimePoint now) {
    state_->bucket.give_back();
    resend(position, now);
}

void Scheduler::resend(Position position, TimePoint) {
    state_->came_back(position);
    state_->make_ready(position);
}

bool Scheduler::full() const noexcept {
    const std::size_t foremost = state_->records.size();
    return foremost >= state_->policy.window || state_->lanes.size() - foremost >= state_->policy.waiting;
}
std::size_t Scheduler::size() const noexcept {
    return state_->lanes.size();
}
std::size_t Scheduler::under_way() const noexcept {
    return state_->sent;
}

std::uint32_t Scheduler::attempts(Position position) const {
    const auto found = state_->records.find(position);
    return found == state_->records.end() ? 0 : found->second.attempts;
}

bool Scheduler::backing_off(const Entry& entry) const {
    const auto waits = [&](Position position) {
        const auto found = state_->records.find(position);
        if (found == state_->records.end()) return false;
        return found->second.phase == Phase::backing_off || found->second.phase == Phase::aside;
    };
    if (state_->records.contains(entry.position)) return waits(entry.position);
    return std::ranges::any_of(state_->lanes.foremost(entry.keys), waits);
}

const std::optional<std::string>& Scheduler::hold() const noexcept {
    return state_->gate.reason();
}
bool Scheduler::breaker_open() const noexcept {
    return state_->breaker.open();
}
std::uint64_t Scheduler::shared_ids() const noexcept {
    return state_->lanes.shared_ids();
}

}  // namespace pintle::schedule
