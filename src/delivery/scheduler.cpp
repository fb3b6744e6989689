#include "scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "circuit_breaker.hpp"
#include "credential_pause.hpp"
#include "pintle/base/token_bucket.hpp"
#include "pintle/delivery/backoff.hpp"

namespace pintle::delivery {

using customerio::Disposition;

namespace {

constexpr unsigned max_doublings = 16;  // enough for every limit

enum class Phase : std::uint8_t {
    ready,        // may be sent
    sent,         // in flight
    backing_off,  // waits for its time
    deferred,     // a failed probe, or unauthorized: others go before it
    blocked,      // was sent together with an earlier record of its queue, which now blocks it
};

// A record that is not blocked, or was sent together with the one that blocks it. The queues alone know its other
// successors, so that a long queue costs little.
struct Record {
    std::uint32_t attempts = 0;  // without unauthorized ones, unless others were authorized
    std::uint16_t failures = 0;  // that its back-off grows with: its own and uncertain ones
    std::uint16_t limit = 0;     // records in a request with it, at most; 0: no limit of its own
    Phase phase = Phase::ready;
    bool retried = false;             // it failed or was unauthorized
    bool uncertain = false;           // all its failures came while no request succeeded
    bool spared = false;              // failures during an outage were taken back from it, which is done once
    bool suspect = false;             // unauthorized, and no request has succeeded since
    bool unauthorized_alone = false;  // others were not: its own failure
    bool unbatchable = false;         // goes in a request of its own
};

template <class T>
using EarliestFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

// The oldest offset comes first, except for probes.
class OffsetQueue : public EarliestFirst<Offset> {
public:
    // Removes the newest one or, half of the times, any. `fraction` is random in [0, 1). Takes time in proportion to
    // the size.
    Offset take_other(double fraction) {
        const bool newest = fraction < 0.5;
        const auto any = c.begin() + static_cast<std::ptrdiff_t>((fraction - 0.5) * 2 * static_cast<double>(c.size()));
        const auto place = newest ? std::ranges::max_element(c) : any;
        const Offset taken = std::exchange(*place, c.back());
        c.pop_back();
        std::ranges::make_heap(c, comp);
        return taken;
    }
};

// Records that are ready.
struct ReadyQueue {
    OffsetQueue batchable;  // may go together
    OffsetQueue singles;    // go in requests of their own

    bool empty() const { return batchable.empty() && singles.empty(); }
    bool single_is_next() const { return batchable.empty() || (!singles.empty() && singles.top() < batchable.top()); }
};

}  // namespace

struct Scheduler::State {
    using DeliveryResult = customerio::DeliveryResult;
    using Due = std::pair<TimePoint, Offset>;

    State(const Policy& p, std::uint64_t seed);

    Policy policy;
    std::mt19937_64 random;
    Backoff backoff;
    TokenBucket bucket;
    CircuitBreaker breaker;
    Backoff uncertain_backoff;  // of uncertain failures
    CredentialPause credential_pause;
    OrderingQueues queues;

    boost::unordered_flat_map<Offset, Record> records;
    ReadyQueue untried;                  // records that never failed
    ReadyQueue retries;                  // all others
    bool retry_was_last = false;         // was the last request one?
    unsigned doublings = 0;              // of the retries' limits: one for each retry that succeeded since one failed
    std::optional<TimePoint> lingering;  // since when a batch waits for more records
    EarliestFirst<Due> due;              // records that back off
    std::vector<Offset> deferred;
    std::vector<Offset> uncertain;   // may hold finished ones
    std::vector<Offset> suspects;    // likewise
    std::vector<Offset> freed;       // scratch
    std::size_t sent = 0;            // requests
    std::size_t retries_sent = 0;    // part of `sent`
    std::uint64_t last_number = 0;   // of a request
    std::uint64_t suspected_at = 0;  // the last number when the first unauthorized response came
    std::uint64_t paused_at = 0;     // the last number when the pause began
    std::uint64_t probe = 0;         // the request that probes a pause; 0: none

    // For `build_batch`: the records that may follow others in the request, and in how many of its queues each record's
    // predecessor is in the request.
    EarliestFirst<Offset> followers;
    boost::unordered_flat_map<Offset, std::uint8_t> passed;

    double random_fraction() { return std::uniform_real_distribution<>{0, 1}(random); }
    bool probing() const { return credential_pause.paused() || breaker.open(); }

    Record& record(Offset offset) { return records.find(offset)->second; }
    void make_ready(Offset offset);
    void make_pending_again(Offset offset);
    void wake_due(TimePoint now);
    void release_deferred();
    void finish(Offset offset);

    Step next(TimePoint now);
    ReadyQueue* choose();
    Offset take(ReadyQueue& queue);
    TimePoint earliest(const ReadyQueue& queue, TimePoint now);
    std::vector<Offset> build_batch(Offset first);
    Offset take_batchable(ReadyQueue& queue, std::uint16_t limit);
    void admit_followers(Offset offset, std::uint16_t limit);

    bool ended(InFlight request);
    void succeeded(InFlight request, TimePoint now);
    void unauthorized(std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe, TimePoint now,
                      std::vector<Resolution>& resolutions);
    void failed(InFlight request, std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe,
                TimePoint now, std::vector<Resolution>& resolutions);
    void decide_pause(TimePoint now);
    void clear_suspects(bool own_failure, TimePoint now);
    void remove_uncertain(bool outage);
    void spread_deferred(TimePoint now);
    bool count_uncertain(std::span<const Sent> sent_records);
    void count_failure(Record& failing, bool with_others);
    void halve_limit(std::span<const Sent> sent_records);
    bool dead_letter_if_old(const Sent& one, std::vector<Resolution>& resolutions);
    void defer(Offset offset);
    void back_off(Offset offset, double jitter, std::optional<Duration> asked, TimePoint now);
};

Scheduler::State::State(const Policy& p, std::uint64_t seed)
    : policy(p),
      random(seed),
      backoff(p.initial_backoff, p.max_backoff),
      bucket(p.rate, std::chrono::milliseconds(50)),
      breaker(p.max_backoff),
      uncertain_backoff(p.initial_backoff, breaker.interval()),
      credential_pause(p.probe_interval),
      queues(p.queue_limits, seed) {}

void Scheduler::State::make_ready(Offset offset) {
    Record& waiting = records[offset];
    waiting.phase = Phase::ready;
    ReadyQueue& queue = waiting.retried ? retries : untried;
    (waiting.unbatchable ? queue.singles : queue.batchable).push(offset);
}

// For a record that was in flight and keeps its place.
void Scheduler::State::make_pending_again(Offset offset) {
    if (!queues.is_blocked(offset)) return make_ready(offset);
    record(offset).phase = Phase::blocked;
}

void Scheduler::State::wake_due(TimePoint now) {
    for (; !due.empty() && due.top().first <= now; due.pop()) make_ready(due.top().second);
}

void Scheduler::State::release_deferred() {
    for (const Offset offset : deferred) make_ready(offset);
    deferred.clear();
}

// Records that never failed go first; while both are ready, retries alternate with them.
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
        if (credential_pause.suspects() && credential_pause.sure())
            return {};  // until the requests in flight have ended
    }
    if (sent >= policy.connections || (credential_pause.paused() && probe != 0)) return {};
    if (untried.empty() && retries.empty() && probing() && !credential_pause.suspects()) release_deferred();
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
        breaker.probed(now, random_fraction());
    }
    return {Step::Action::send, offset, {}, request};
}

// A probe is not always the oldest record: otherwise a few old ones that can never succeed would be all that is tried.
Offset Scheduler::State::take(ReadyQueue& queue) {
    auto& line = queue.single_is_next() ? queue.singles : queue.batchable;
    if (probing() && &queue == &untried) return line.take_other(random_fraction());
    const Offset offset = line.top();
    line.pop();
    return offset;
}

// When the next request may go.
TimePoint Scheduler::State::earliest(const ReadyQueue& queue, TimePoint now) {
    const TimePoint at = bucket.ready_at(now);
    if (credential_pause.paused()) return std::max(at, credential_pause.probe_at(&queue == &untried));
    if (breaker.open()) return std::max(at, breaker.probe_at());

    // A batch that is not full waits a little if blocked records may come to join it.
    const bool full = queue.batchable.size() >= policy.max_items;
    const bool others_wait = queues.size() > records.size();
    if (queue.single_is_next() || full || !others_wait || record(queue.batchable.top()).limit != 0) return at;
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
    if (policy.allow_same_person) admit_followers(first, limit);
    while (request.size() < most) {
        const Offset offset = take_batchable(retried ? retries : untried, limit);
        if (offset == 0) break;
        records[offset].phase = Phase::sent;
        request.push_back(offset);
        if (policy.allow_same_person) admit_followers(offset, limit);
    }
    followers = {};
    passed.clear();
    return request;
}

// Removes and returns the oldest record that may join the request; 0: there is none. A record with a limit joins only
// records with the same limit, so that a bisection does not mix with other records.
Offset Scheduler::State::take_batchable(ReadyQueue& queue, std::uint16_t limit) {
    auto& batchable = queue.batchable;
    const bool fits = !batchable.empty() && record(batchable.top()).limit == limit;
    if (!fits && followers.empty()) return 0;
    const bool follower = !fits || (!followers.empty() && followers.top() < batchable.top());
    EarliestFirst<Offset>& line = follower ? followers : batchable;
    const Offset offset = line.top();
    line.pop();
    return offset;
}

// `offset` joins the request. Its successors may follow once all their predecessors have joined.
void Scheduler::State::admit_followers(Offset offset, std::uint16_t limit) {
    for (const auto& next : queues.successors(offset)) {
        auto& queues_passed = passed[next.offset];
        queues_passed = static_cast<std::uint8_t>(queues_passed + next.behind_offset_in);
        if (queues_passed != next.blocked_in) continue;
        const auto known = records.find(next.offset);
        const bool fits =
            known == records.end() ? limit == 0 : known->second.limit == limit && !known->second.unbatchable;
        if (fits) followers.push(next.offset);
    }
}

// True if it was the probe of a pause.
bool Scheduler::State::ended(InFlight request) {
    --sent;
    if (request.retry) --retries_sent;
    if (probe != request.number) return false;
    probe = 0;
    return true;
}

void Scheduler::State::finish(Offset offset) {
    records.erase(offset);
    freed.clear();
    queues.remove(offset, freed);
    for (const Offset successor : freed) {
        // A record that was sent in the same request gets a resolution of its own.
        const auto known = records.find(successor);
        if (known == records.end() || known->second.phase != Phase::sent) make_ready(successor);
    }
}

// The destination accepted or rejected the request, so it works and accepts our credentials. A request that was sent
// before a pause says nothing about the present.
void Scheduler::State::succeeded(InFlight request, TimePoint now) {
    if (request.retry) doublings = std::min(doublings + 1, max_doublings);
    if (credential_pause.paused()) {
        if (request.number <= paused_at) return;
        clear_suspects(true, now);
        credential_pause.end();
        return release_deferred();
    }
    if (credential_pause.suspects()) {
        clear_suspects(request.number > suspected_at, now);
        credential_pause.end();
    }
    if (breaker.open()) spread_deferred(now);
    if (!uncertain.empty()) remove_uncertain(breaker.open());
    breaker.succeeded();
}

// A request succeeded. `own_failure`: it was sent after these records were unauthorized, so the cause lies with them (a
// firewall rejects them, say). From now on they back off by themselves.
void Scheduler::State::clear_suspects(bool own_failure, TimePoint now) {
    for (const Offset offset : suspects) {
        const auto known = records.find(offset);
        if (known == records.end()) continue;
        Record& suspect = known->second;
        suspect.suspect = false;
        suspect.unauthorized_alone = suspect.unauthorized_alone || own_failure;
        if (credential_pause.paused() || suspect.phase != Phase::deferred) continue;
        count_failure(suspect, false);
        back_off(offset, random_fraction(), {}, now);
    }
    suspects.clear();
    std::erase_if(deferred, [&](Offset offset) { return record(offset).phase != Phase::deferred; });
}

// A request succeeded. After an outage the uncertain failures were the destination's, which is granted to a record
// once; otherwise they were the record's own, and count as its first.
void Scheduler::State::remove_uncertain(bool outage) {
    for (const Offset offset : uncertain) {
        const auto known = records.find(offset);
        if (known == records.end()) continue;
        Record& failing = known->second;
        failing.uncertain = false;
        failing.failures = outage && !failing.spared ? 0 : 1;
        failing.spared = failing.spared || outage;
    }
    uncertain.clear();
}

// They are retried within a probe interval, not all at once.
void Scheduler::State::spread_deferred(TimePoint now) {
    for (const Offset offset : deferred) {
        record(offset).phase = Phase::backing_off;
        const std::chrono::duration<double, std::milli> wait = breaker.interval() * random_fraction();
        due.emplace(now + std::chrono::duration_cast<TimePoint::duration>(wait), offset);
    }
    deferred.clear();
}

void Scheduler::State::unauthorized(std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe,
                                    TimePoint now, std::vector<Resolution>& resolutions) {
    const bool own_failure =
        std::ranges::any_of(sent_records, [&](const Sent& one) { return record(one.offset).unauthorized_alone; });
    if (own_failure && !credential_pause.paused()) {
        const double jitter = random_fraction();
        for (const Sent& one : sent_records) {
            ++record(one.offset).attempts;
            record(one.offset).retried = true;
            count_failure(record(one.offset), sent_records.size() > 1);
            if (dead_letter_if_old(one, resolutions)) continue;
            back_off(one.offset, jitter, result.retry_after, now);
            resolutions.push_back(Resolution::retry);
        }
    } else {
        const bool first = !credential_pause.paused() && !credential_pause.suspects();
        bool news = false;
        for (const Sent& one : sent_records) {
            Record& suspect = record(one.offset);
            news = news || !suspect.suspect;
            if (!suspect.suspect) suspects.push_back(one.offset);
            suspect.suspect = suspect.retried = true;
            defer(one.offset);
            resolutions.push_back(Resolution::retry);
        }
        if (first) suspected_at = last_number;
        credential_pause.unauthorized(result.message, news, now);
        if (was_probe) credential_pause.probed(now, result.retry_after);
    }
    if (sent_records.size() > 1) halve_limit(sent_records);
}

// Decides once no request is in flight that may say more.
void Scheduler::State::decide_pause(TimePoint now) {
    if (sent != retries_sent || !credential_pause.decide(!untried.empty(), !retries.empty(), now)) return;
    paused_at = last_number;
    remove_uncertain(breaker.open());
    breaker.succeeded();  // the destination responds
}

void Scheduler::State::failed(InFlight request, std::span<const Sent> sent_records, const DeliveryResult& result,
                              bool was_probe, TimePoint now, std::vector<Resolution>& resolutions) {
    if (result.throttled) bucket.throttle(now);
    if (request.retry) doublings = 0;
    for (const Sent& one : sent_records) {
        ++record(one.offset).attempts;
        record(one.offset).retried = true;
    }
    // An error of a gateway says nothing about our credentials: the pause goes on.
    if (credential_pause.paused()) {
        if (was_probe) credential_pause.probed(now, result.retry_after);
        for (const Sent& one : sent_records) {
            defer(one.offset);
            resolutions.push_back(Resolution::retry);
        }
        return;
    }
    // A failure while the circuit breaker is open is the destination's.
    const bool outage = breaker.open();
    breaker.failed(!outage && count_uncertain(sent_records), now, result.retry_after);
    const double jitter = random_fraction();  // one for all, so that they are retried together
    const bool with_others = sent_records.size() > 1;
    for (const Sent& one : sent_records) {
        if (!outage) count_failure(record(one.offset), with_others);
        if (dead_letter_if_old(one, resolutions)) continue;
        outage ? defer(one.offset) : back_off(one.offset, jitter, result.retry_after, now);
        resolutions.push_back(Resolution::retry);
    }
    if (with_others && !outage && !result.throttled) halve_limit(sent_records);
}

// Marks the records without earlier failures as uncertain. True if there is one: then the failure says something about
// the destination.
bool Scheduler::State::count_uncertain(std::span<const Sent> sent_records) {
    bool counts = false;
    for (const Sent& one : sent_records) {
        Record& failing = record(one.offset);
        if (failing.failures != 0) continue;
        failing.uncertain = counts = true;
        uncertain.push_back(one.offset);
    }
    return counts;
}

// Any record of a failed batch may be the cause, so each backs off as after its first failure. A record that fails
// alone repeatedly goes alone from now on.
void Scheduler::State::count_failure(Record& failing, bool with_others) {
    if (failing.failures == 0 || (!with_others && failing.failures < UINT16_MAX)) ++failing.failures;
    if (!with_others && !failing.uncertain && failing.failures > 2) failing.unbatchable = true;
}

// After a long outage, and at a restart in one, most records are too old before they are tried for the first time.
bool Scheduler::State::dead_letter_if_old(const Sent& one, std::vector<Resolution>& resolutions) {
    const bool is_retry = record(one.offset).attempts > 1;
    if (!is_retry || one.age <= policy.max_age || queues.is_blocked(one.offset)) return false;
    finish(one.offset);
    resolutions.push_back(Resolution::dead_letter);
    return true;
}

void Scheduler::State::defer(Offset offset) {
    Record& waiting = record(offset);
    waiting.phase = queues.is_blocked(offset) ? Phase::blocked : Phase::deferred;
    if (waiting.phase == Phase::deferred) deferred.push_back(offset);
}

void Scheduler::State::back_off(Offset offset, double jitter, std::optional<Duration> asked, TimePoint now) {
    Record& waiting = record(offset);
    waiting.phase = queues.is_blocked(offset) ? Phase::blocked : Phase::backing_off;
    if (waiting.phase == Phase::blocked) return;
    const Backoff& its = waiting.uncertain ? uncertain_backoff : backoff;
    due.emplace(now + its.wait(waiting.failures, jitter, asked), offset);
}

// Isolates the cause of a failed batch by bisection.
void Scheduler::State::halve_limit(std::span<const Sent> sent_records) {
    for (const Sent& one : sent_records) {
        const auto known = records.find(one.offset);
        if (known == records.end()) continue;
        std::uint16_t& limit = known->second.limit;
        const std::size_t together =
            limit == 0 ? sent_records.size() : std::min<std::size_t>(limit, sent_records.size());
        limit = static_cast<std::uint16_t>(std::min<std::size_t>((together + 1) / 2, UINT16_MAX));
    }
}

Scheduler::Scheduler(const Policy& policy, std::uint64_t seed) : state_(std::make_unique<State>(policy, seed)) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

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
    state_->make_pending_again(offset);
}

bool Scheduler::is_blocked_by_previous(Offset offset) const {
    return state_->queues.is_blocked(offset);
}

void Scheduler::discard(Offset offset) {
    state_->finish(offset);
}

void Scheduler::answered(InFlight request, std::span<const Sent> sent_records, const customerio::DeliveryResult& result,
                         TimePoint now, std::vector<Resolution>& resolutions) {
    State& s = *state_;
    const bool was_probe = s.ended(request);
    switch (result.disposition) {
        case Disposition::delivered:
        case Disposition::rejected:
            s.succeeded(request, now);
            for (const Sent& one : sent_records) {
                s.finish(one.offset);
                const bool dead = one.rejected || result.disposition == Disposition::rejected;
                resolutions.push_back(dead ? Resolution::dead_letter : Resolution::delivered);
            }
            break;
        case Disposition::unauthorized: s.unauthorized(sent_records, result, was_probe, now, resolutions); break;
        case Disposition::retry:
        case Disposition::redirected:  // and not followed
            s.failed(request, sent_records, result, was_probe, now, resolutions);
            break;
    }
    if (s.credential_pause.suspects()) s.decide_pause(now);
}

Resolution Scheduler::answered(const Step& step, const customerio::DeliveryResult& result, Duration age,
                               TimePoint now) {
    const Sent one{step.offset, age};
    std::vector<Resolution> resolutions;
    answered(step.request, {&one, 1}, result, now, resolutions);
    return resolutions.front();
}

void Scheduler::bisect(InFlight request, std::span<const Offset> offsets, TimePoint now) {
    State& s = *state_;
    s.ended(request);
    s.succeeded(request, now);
    const std::size_t half = std::min<std::size_t>((offsets.size() + 1) / 2, UINT16_MAX);
    for (const Offset offset : offsets) {
        s.record(offset).limit = static_cast<std::uint16_t>(half);
        s.make_pending_again(offset);
    }
}

void Scheduler::requeue(InFlight request, std::span<const Offset> offsets) {
    state_->bucket.give_back();
    resend(request, offsets);
}

void Scheduler::resend(InFlight request, std::span<const Offset> offsets) {
    state_->ended(request);
    for (const Offset offset : offsets) state_->make_pending_again(offset);
}

void Scheduler::cancel(InFlight request) {
    state_->bucket.give_back();
    state_->ended(request);
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

bool Scheduler::is_in_flight(Offset offset) const {
    const auto found = state_->records.find(offset);
    return found != state_->records.end() && found->second.phase == Phase::sent;
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
