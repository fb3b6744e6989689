#include "pintle/delivery/scheduler.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "scheduler_state.hpp"

namespace pintle::delivery {

Scheduler::State::State(const Policy& p, std::uint64_t seed)
    : policy(p),
      chance_source(seed),
      backoff(p.initial_backoff, p.max_backoff),
      bucket(p.rate, std::chrono::milliseconds(50)),
      breaker(p.max_backoff),
      uncertain_backoff(p.initial_backoff, breaker.interval()),
      credential_pause(p.probe_interval),
      queues(p.waiting, seed) {}

void Scheduler::State::make_ready(Offset offset) {
    Record& waiting = records[offset];
    waiting.phase = Phase::ready;
    ReadyQueue& queue = waiting.retried ? retries : untried;
    (waiting.unbatchable ? queue.singles : queue.companions).push(offset);
}

// It was in flight, and keeps its place.
void Scheduler::State::wait_again(Offset offset) {
    if (!queues.is_blocked(offset)) return make_ready(offset);
    record(offset).phase = Phase::blocked;
}

void Scheduler::State::wake_due(TimePoint now) {
    for (; !due.empty() && due.top().first <= now; due.pop()) make_ready(due.top().second);
}

void Scheduler::State::return_aside() {
    for (const Offset offset : deferred) make_ready(offset);
    deferred.clear();
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
    if (queue == nullptr) return due.empty() ? Step{} : Step{Step::Action::wait, 0, due.top().first, {}};

    const TimePoint at = earliest(*queue, now);
    if (at > now) return {Step::Action::wait, 0, at, {}};

    bucket.take();
    const Offset offset = take(*queue);
    lingering.reset();
    record(offset).phase = Phase::sent;
    const InFlight request{++last_number, queue == &retries};
    ++sent;
    if (request.retry) ++retries_sent;
    retry_was_last = request.retry;
    if (credential_pause.paused()) {
        probe = request.number;
    } else if (breaker.open()) {
        breaker.probed(now, chance());
    }
    return {Step::Action::send, offset, {}, request};
}

// A probe is not the oldest record: a crowd of old ones that can never succeed must not be all that is tried.
Offset Scheduler::State::take(ReadyQueue& queue) {
    auto& line = queue.single_is_next() ? queue.singles : queue.companions;
    if (probing() && &queue == &untried) return line.take_other(chance());
    const Offset offset = line.top();
    line.pop();
    return offset;
}

// When the next request may go, as things are.
TimePoint Scheduler::State::earliest(const ReadyQueue& queue, TimePoint now) {
    const TimePoint at = bucket.ready_at(now);
    if (credential_pause.paused()) return std::max(at, credential_pause.probe_at(&queue == &untried));
    if (breaker.open()) return std::max(at, breaker.probe_at());

    // A batch that is not full waits a little where there are others that may come to join it.
    const bool full = queue.companions.size() >= policy.max_items;
    const bool others_wait = queues.size() > records.size();
    if (queue.single_is_next() || full || !others_wait || record(queue.companions.top()).limit != 0) return at;
    if (!lingering) lingering = now;
    return std::max(at, *lingering + policy.linger);
}

std::vector<Offset> Scheduler::State::build_batch(Offset first) {
    std::vector<Offset> request{first};
    const auto [limit, unbatchable, retried] =
        std::tuple(record(first).limit, record(first).unbatchable, record(first).retried);
    const std::size_t limited = static_cast<std::size_t>(limit) << (retried ? doublings : 0U);
    const std::size_t most = limit == 0 ? policy.max_items : std::min(limited, policy.max_items);
    if (unbatchable || probing() || most == 1) return request;
    if (policy.allow_same_person) let_follow(first, limit);
    while (request.size() < most) {
        const Offset offset = take_companion(retried ? retries : untried, limit);
        if (offset == 0) break;
        records[offset].phase = Phase::sent;
        request.push_back(offset);
        if (policy.allow_same_person) let_follow(offset, limit);
    }
    followers = {};
    passed.clear();
    return request;
}

// The oldest that may go along, taken out of its queue; 0: there is none. Those whose batch was halved go with their
// like alone, so that what is to blame is not looked for among ever more.
Offset Scheduler::State::take_companion(ReadyQueue& queue, std::uint16_t limit) {
    auto& companions = queue.companions;
    const bool fits = !companions.empty() && record(companions.top()).limit == limit;
    if (!fits && followers.empty()) return 0;
    const bool follower = !fits || (!followers.empty() && followers.top() < companions.top());
    EarliestFirst<Offset>& line = follower ? followers : companions;
    const Offset offset = line.top();
    line.pop();
    return offset;
}

// `offset` goes with the request: those behind it may too, once all before them do.
void Scheduler::State::let_follow(Offset offset, std::uint16_t limit) {
    for (const auto& next : queues.successors(offset)) {
        auto& lanes_passed = passed[next.offset];
        lanes_passed = static_cast<std::uint8_t>(lanes_passed + next.here);
        if (lanes_passed != next.is_blocked) continue;
        const auto known = records.find(next.offset);
        const bool fits =
            known == records.end() ? limit == 0 : known->second.limit == limit && !known->second.unbatchable;
        if (fits) followers.push(next.offset);
    }
}

Scheduler::Scheduler(const Policy& policy, std::uint64_t seed) : state_(std::make_unique<State>(policy, seed)) {}
Scheduler::~Scheduler() = default;

Enqueued Scheduler::enqueue(const Entry& entry) {
    const Enqueued enqueued = state_->queues.enqueue(entry);
    if (enqueued == Enqueued::ready) state_->make_ready(entry.offset);
    return enqueued;
}

Enqueued Scheduler::enqueue_again(const Entry& entry) {
    const Enqueued enqueued = state_->queues.enqueue_again(entry);
    if (enqueued == Enqueued::ready) state_->make_ready(entry.offset);
    return enqueued;
}

void Scheduler::set_scarce(bool scarce) noexcept {
    state_->queues.set_scarce(scarce);
}
std::optional<Offset> Scheduler::next_scan() {
    return state_->queues.next_scan();
}
void Scheduler::scanned(Offset offset, Offset last_read) {
    state_->queues.scanned(offset, last_read);
}
std::size_t Scheduler::skipped_keys() const noexcept {
    return state_->queues.skipped_keys();
}
void Scheduler::watch_queues(journal::FullQueues& full_queues, std::uint64_t max) {
    state_->queues.watch_queues(full_queues, max);
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

std::vector<Offset> Scheduler::build_batch(Offset first) {
    return state_->build_batch(first);
}

void Scheduler::exclude(Offset offset, bool unbatchable) {
    state_->record(offset).unbatchable = unbatchable;
    state_->wait_again(offset);
}

bool Scheduler::is_blocked_by_previous(Offset offset) const {
    return state_->queues.is_blocked(offset);
}

void Scheduler::discard(Offset offset) {
    state_->finish(offset);
}

bool Scheduler::full() const noexcept {
    return state_->records.size() >= state_->policy.window;
}
bool Scheduler::overflows() const noexcept {
    return state_->queues.overflows();
}
std::size_t Scheduler::size() const noexcept {
    return state_->queues.size();
}
std::size_t Scheduler::in_flight() const noexcept {
    return state_->sent;
}

std::uint32_t Scheduler::attempts(Offset offset) const {
    const auto found = state_->records.find(offset);
    return found == state_->records.end() ? 0 : found->second.attempts;
}

bool Scheduler::backing_off(const Entry& entry) const {
    if (state_->due.empty() && state_->deferred.empty() && state_->retries.empty()) return false;
    const auto is_blocked = [&](Offset offset) {
        const auto found = state_->records.find(offset);
        if (found == state_->records.end()) return false;
        const Record& record = found->second;
        const bool ready_again = record.phase == Phase::ready && record.retried;
        return ready_again || record.phase == Phase::backing_off || record.phase == Phase::deferred;
    };
    const auto own = state_->records.find(entry.offset);
    if (own != state_->records.end() && own->second.phase != Phase::blocked) return is_blocked(entry.offset);
    return std::ranges::any_of(state_->queues.queue_heads(entry.keys), is_blocked);
}

const std::optional<std::string>& Scheduler::pause_message() const noexcept {
    return state_->credential_pause.message();
}
bool Scheduler::circuit_breaker_open() const noexcept {
    return state_->breaker.open();
}
bool Scheduler::is_excluded_from_ordering(std::uint64_t id) const {
    return state_->queues.is_excluded_from_ordering(id);
}
std::uint64_t Scheduler::ids_excluded_from_ordering() const noexcept {
    return state_->queues.ids_excluded_from_ordering();
}

}  // namespace pintle::delivery
