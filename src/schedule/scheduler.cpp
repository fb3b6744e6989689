#include "pintle/schedule/scheduler.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "schedule/scheduler_state.hpp"

namespace pintle::schedule {

Scheduler::State::State(const Policy& p, std::uint64_t seed)
    : policy(p),
      chance_source(seed),
      backoff(p.initial_backoff, p.max_backoff),
      bucket(p.rate),
      breaker(p.max_backoff),
      uncertain_backoff(p.initial_backoff, breaker.interval()),
      credential_pause(p.probe_interval),
      lanes(p.waiting, seed) {}

void Scheduler::State::make_ready(Position position) {
    Record& waiting = records[position];
    waiting.phase = Phase::ready;
    ReadyQueue& queue = waiting.retried ? retries : untried;
    (waiting.alone ? queue.singles : queue.companions).push(position);
}

// It was in flight, and keeps its place.
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

// Of two queues that are ready, records that never failed go first, and then retries in turn with them.
ReadyQueue* Scheduler::State::choose() {
    const std::size_t most_retries = std::max<std::size_t>(policy.connections / 2, 1);
    const bool retry_may_go = !retries.empty() && (retries_sent < most_retries || probing());
    if (!untried.empty() && (!retry_may_go || retry_was_last || probing())) return &untried;
    return retry_may_go ? &retries : nullptr;
}

Step Scheduler::State::next(TimePoint now) {
    wake_due(now);
    if (credential_pause.suspects()) {
        decide_pause(now);
        if (credential_pause.suspects() && credential_pause.sure()) return {};  // until those in flight have come back
    }
    if (sent >= policy.connections || (credential_pause.paused() && probe != 0)) return {};
    if (untried.empty() && retries.empty() && probing() && !credential_pause.suspects()) return_aside();
    ReadyQueue* const queue = choose();
    if (queue == nullptr) return due.empty() ? Step{} : Step{Step::What::wait, 0, due.top().first, {}};

    const TimePoint at = earliest(*queue, now);
    if (at > now) return {Step::What::wait, 0, at, {}};

    bucket.take();
    const Position position = take(*queue);
    lingering.reset();
    record(position).phase = Phase::sent;
    const InFlight request{++last_number, queue == &retries};
    ++sent;
    if (request.retry) ++retries_sent;
    retry_was_last = request.retry;
    if (credential_pause.paused()) {
        probe = request.number;
    } else if (breaker.open()) {
        breaker.probed(now, chance());
    }
    return {Step::What::send, position, {}, request};
}

// A probe is not the oldest record: a crowd of old ones that can never succeed must not be all that is tried.
Position Scheduler::State::take(ReadyQueue& queue) {
    auto& line = queue.single_is_next() ? queue.singles : queue.companions;
    if (probing() && &queue == &untried) return line.take_other(chance());
    const Position position = line.top();
    line.pop();
    return position;
}

// When the next request may go, as things are.
TimePoint Scheduler::State::earliest(const ReadyQueue& queue, TimePoint now) {
    const TimePoint at = bucket.ready_at(now);
    if (credential_pause.paused()) return std::max(at, credential_pause.probe_at(&queue == &untried));
    if (breaker.open()) return std::max(at, breaker.probe_at());

    // A batch that is not full waits a little where there are others that may come to join it.
    const bool full = queue.companions.size() >= policy.max_items;
    const bool others_wait = lanes.size() > records.size();
    if (queue.single_is_next() || full || !others_wait || record(queue.companions.top()).limit != 0) return at;
    if (!lingering) lingering = now;
    return std::max(at, *lingering + policy.linger);
}

std::vector<Position> Scheduler::State::gather(Position first) {
    std::vector<Position> request{first};
    const auto [limit, alone, retried] = std::tuple(record(first).limit, record(first).alone, record(first).retried);
    const std::size_t limited = static_cast<std::size_t>(limit) << (retried ? doublings : 0U);
    const std::size_t most = limit == 0 ? policy.max_items : std::min(limited, policy.max_items);
    if (alone || probing() || most == 1) return request;
    if (policy.allow_same_person) let_follow(first, limit);
    while (request.size() < most) {
        const Position position = take_companion(retried ? retries : untried, limit);
        if (position == 0) break;
        records[position].phase = Phase::sent;
        request.push_back(position);
        if (policy.allow_same_person) let_follow(position, limit);
    }
    followers = {};
    passed.clear();
    return request;
}

// The oldest that may go along, taken out of its queue; 0: there is none. Those whose batch was halved go with their
// like alone, so that what is to blame is not looked for among ever more.
Position Scheduler::State::take_companion(ReadyQueue& queue, std::uint16_t limit) {
    auto& companions = queue.companions;
    const bool fits = !companions.empty() && record(companions.top()).limit == limit;
    if (!fits && followers.empty()) return 0;
    const bool follower = !fits || (!followers.empty() && followers.top() < companions.top());
    EarliestFirst<Position>& line = follower ? followers : companions;
    const Position position = line.top();
    line.pop();
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

Admission Scheduler::admit(const Entry& entry) {
    const Admission admission = state_->lanes.admit(entry);
    if (admission == Admission::ready) state_->make_ready(entry.position);
    return admission;
}

Admission Scheduler::readmit(const Entry& entry) {
    const Admission admission = state_->lanes.readmit(entry);
    if (admission == Admission::ready) state_->make_ready(entry.position);
    return admission;
}

void Scheduler::set_scarce(bool scarce) noexcept {
    state_->lanes.set_scarce(scarce);
}
std::optional<Position> Scheduler::next_scan() {
    return state_->lanes.next_scan();
}
void Scheduler::scanned(Position position, Position last_read) {
    state_->lanes.scanned(position, last_read);
}
std::size_t Scheduler::skipped_keys() const noexcept {
    return state_->lanes.skipped_keys();
}
void Scheduler::watch_queues(record::FullQueues& full_queues, std::uint64_t max) {
    state_->lanes.watch_queues(full_queues, max);
}

void Scheduler::restore_pause(std::string message, TimePoint now) {
    state_->paused_at = state_->last_number;
    state_->credential_pause.restore(std::move(message), now);
}

void Scheduler::reconfigure(const Policy& policy, TimePoint now) {
    State& s = *state_;
    s.policy = policy;
    s.backoff = Backoff(policy.initial_backoff, policy.max_backoff);
    s.bucket.configure(policy.rate, now);
    s.breaker.reconfigure(policy.max_backoff, now);
    s.uncertain_backoff = Backoff(policy.initial_backoff, s.breaker.interval());
    s.credential_pause.reconfigure(policy.probe_interval, now);
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
    return state_->records.size() >= state_->policy.window;
}
bool Scheduler::overflows() const noexcept {
    return state_->lanes.overflows();
}
std::size_t Scheduler::size() const noexcept {
    return state_->lanes.size();
}
std::size_t Scheduler::in_flight() const noexcept {
    return state_->sent;
}

std::uint32_t Scheduler::attempts(Position position) const {
    const auto found = state_->records.find(position);
    return found == state_->records.end() ? 0 : found->second.attempts;
}

bool Scheduler::backing_off(const Entry& entry) const {
    if (state_->due.empty() && state_->aside.empty() && state_->retries.empty()) return false;
    const auto waits = [&](Position position) {
        const auto found = state_->records.find(position);
        if (found == state_->records.end()) return false;
        const Record& record = found->second;
        const bool ready_again = record.phase == Phase::ready && record.retried;
        return ready_again || record.phase == Phase::backing_off || record.phase == Phase::aside;
    };
    const auto own = state_->records.find(entry.position);
    if (own != state_->records.end() && own->second.phase != Phase::blocked) return waits(entry.position);
    return std::ranges::any_of(state_->lanes.foremost(entry.keys), waits);
}

const std::optional<std::string>& Scheduler::pause_message() const noexcept {
    return state_->credential_pause.message();
}
bool Scheduler::circuit_breaker_open() const noexcept {
    return state_->breaker.open();
}
bool Scheduler::is_shared(std::uint64_t id) const {
    return state_->lanes.is_shared(id);
}
std::uint64_t Scheduler::shared_ids() const noexcept {
    return state_->lanes.shared_ids();
}

}  // namespace pintle::schedule
