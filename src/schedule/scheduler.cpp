#include "pintle/schedule/scheduler.hpp"

#include <algorithm>
#include <utility>

#include "schedule/scheduler_state.hpp"

namespace pintle::schedule {

Scheduler::State::State(const Policy& p, std::uint64_t seed)
    : policy(p),
      chance_source(seed),
      backoff(p.initial_backoff, p.max_backoff),
      bucket(p.rate),
      breaker(backoff),
      gate(p.probe_interval) {}

void Scheduler::State::make_ready(Position position) {
    Record& waiting = records[position];
    waiting.phase = Phase::ready;
    (waiting.alone ? singles : ready).push(position);
}

// It was under way, and keeps its place.
void Scheduler::State::wait_again(Position position) {
    if (!lanes.waits(position)) return make_ready(position);
    record(position).phase = Phase::blocked;
}

void Scheduler::State::wake_due(TimePoint now) {
    for (; !due.empty() && due.top().first <= now; due.pop()) make_ready(due.top().second);
}

void Scheduler::State::return_aside() {
    for (const Position position : aside) make_ready(position);
    aside.clear();
}

bool Scheduler::State::single_is_next() const {
    return ready.empty() || (!singles.empty() && singles.top() < ready.top());
}

Step Scheduler::State::next(TimePoint now) {
    wake_due(now);
    if (sent >= policy.connections || (probing() && probe != 0)) return {};
    if (ready.empty() && singles.empty()) return_aside();
    if (ready.empty() && singles.empty()) return due.empty() ? Step{} : Step{Step::What::wait, 0, due.top().first};

    const TimePoint at = earliest(now);
    if (at > now) return {Step::What::wait, 0, at};

    bucket.take();
    auto& queue = single_is_next() ? singles : ready;
    const Position position = queue.top();
    queue.pop();
    lingering.reset();
    record(position).phase = Phase::sent;
    ++sent;
    if (probing()) probe = position;
    return {Step::What::send, position, {}};
}

// When the next request may go, as things are.
TimePoint Scheduler::State::earliest(TimePoint now) {
    const TimePoint at = bucket.ready_at(now);
    if (gate.held()) return std::max(at, gate.probe_at());
    if (breaker.open()) return std::max(at, breaker.probe_at());

    // A batch that is not full waits a little where there are others that may come to join it.
    const bool full = ready.size() >= policy.max_items;
    const bool others_wait = lanes.size() > records.size();
    if (single_is_next() || full || !others_wait || records.find(ready.top())->second.limit != 0) return at;
    if (!lingering) lingering = now;
    return std::max(at, *lingering + policy.linger);
}

std::vector<Position> Scheduler::State::gather(Position first) {
    std::vector<Position> request{first};
    const auto [limit, alone] = std::pair(record(first).limit, record(first).alone);
    const std::size_t most = limit == 0 ? policy.max_items : std::min<std::size_t>(limit, policy.max_items);
    if (alone || probing() || most == 1) return request;
    if (policy.same_lane) let_follow(first, limit);
    while (request.size() < most) {
        const Position position = take_companion(limit);
        if (position == 0) break;
        records[position].phase = Phase::sent;
        request.push_back(position);
        if (policy.same_lane) let_follow(position, limit);
    }
    followers = {};
    passed.clear();
    return request;
}

// The oldest that may go along, taken out of its queue; 0: there is none. Those whose batch was halved go with their
// like alone, so that what is to blame is not looked for among ever more.
Position Scheduler::State::take_companion(std::uint16_t limit) {
    const bool fits = !ready.empty() && record(ready.top()).limit == limit;
    if (!fits && followers.empty()) return 0;
    auto& queue = !fits || (!followers.empty() && followers.top() < ready.top()) ? followers : ready;
    const Position position = queue.top();
    queue.pop();
    return position;
}

// `position` goes with the request: those behind it may too, once all before them do.
void Scheduler::State::let_follow(Position position, std::uint16_t limit) {
    for (const auto& next : lanes.behind(position)) {
        auto& lanes_passed = passed[next.position];
        lanes_passed = static_cast<std::uint8_t>(lanes_passed + next.here);
        if (lanes_passed != next.waits) continue;
        const auto known = records.find(next.position);
        const bool fits = known == records.end() ? limit == 0 : known->second.limit == limit && !known->second.alone;
        if (fits) followers.push(next.position);
    }
}

Scheduler::Scheduler(const Policy& policy, std::uint64_t seed) : state_(std::make_unique<State>(policy, seed)) {}
Scheduler::~Scheduler() = default;

void Scheduler::admit(const Entry& entry) {
    if (state_->lanes.admit(entry)) state_->make_ready(entry.position);
}

void Scheduler::resume_hold(std::string reason, TimePoint now) {
    state_->gate.resume(std::move(reason), now);
}

void Scheduler::reconfigure(const Policy& policy, TimePoint now) {
    State& s = *state_;
    s.policy = policy;
    s.backoff = Backoff(policy.initial_backoff, policy.max_backoff);
    s.bucket.configure(policy.rate, now);
    s.breaker.reconfigure(s.backoff, now);
    s.gate.reconfigure(policy.probe_interval, now);
}

Step Scheduler::next(TimePoint now) {
    return state_->next(now);
}

std::vector<Position> Scheduler::gather(Position first) {
    return state_->gather(first);
}

void Scheduler::leave_out(Position position, bool alone) {
    state_->record(position).alone = alone;
    state_->wait_again(position);
}

bool Scheduler::follows(Position position) const {
    return state_->lanes.waits(position);
}

void Scheduler::discard(Position position) {
    state_->finish(position);
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
    if (state_->due.empty() && state_->aside.empty()) return false;
    const auto waits = [&](Position position) {
        const auto found = state_->records.find(position);
        if (found == state_->records.end()) return false;
        return found->second.phase == Phase::backing_off || found->second.phase == Phase::aside;
    };
    const auto own = state_->records.find(entry.position);
    if (own != state_->records.end() && own->second.phase != Phase::blocked) return waits(entry.position);
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
