// What becomes of a request's records when it comes back.
#include <algorithm>

#include "schedule/scheduler_state.hpp"

namespace pintle::schedule {

using delivery::Fate;

namespace {

constexpr unsigned most_doublings = 16;  // all that a limit can need

}  // namespace

// Whether it was the probe of a pause.
bool Scheduler::State::ended(InFlight request) {
    --sent;
    if (request.retry) --retries_sent;
    if (probe != request.number) return false;
    probe = 0;
    return true;
}

void Scheduler::State::finish(Position position) {
    records.erase(position);
    freed.clear();
    lanes.settle(position, freed);
    for (const Position next_one : freed) {
        // One that was sent behind it in the same request has an outcome of its own.
        const auto known = records.find(next_one);
        if (known == records.end() || known->second.phase != Phase::sent) make_ready(next_one);
    }
}

// The destination took or judged the request, so it works and knows our credentials. What was sent before a pause says
// nothing about now.
void Scheduler::State::succeeded(InFlight request, TimePoint now) {
    if (request.retry) doublings = std::min(doublings + 1, most_doublings);
    if (credential_pause.paused()) {
        if (request.number <= paused_at) return;
        clear_suspects(true, now);
        credential_pause.end();
        return return_aside();
    }
    if (credential_pause.suspects()) {
        clear_suspects(request.number > suspected_at, now);
        credential_pause.end();
    }
    if (breaker.open()) spread_aside(now);
    if (!uncertain.empty()) settle_uncertain(breaker.open());
    breaker.succeeded();
}

// Somebody's request succeeded. `own_trouble`: one that was sent after these were refused (by a firewall that dislikes
// them, say). Such a record holds nobody up again.
void Scheduler::State::clear_suspects(bool own_trouble, TimePoint now) {
    for (const Position position : suspects) {
        const auto known = records.find(position);
        if (known == records.end()) continue;
        Record& suspect = known->second;
        suspect.suspect = false;
        suspect.refused = suspect.refused || own_trouble;
        if (credential_pause.paused() || suspect.phase != Phase::aside) continue;
        count_failure(suspect, false);
        back_off(position, chance(), {}, now);
    }
    suspects.clear();
    std::erase_if(aside, [&](Position position) { return record(position).phase != Phase::aside; });
}

// Now it is known whose trouble it was: after an outage the destination's, but once; else the records' own, which has
// just begun.
void Scheduler::State::settle_uncertain(bool outage) {
    for (const Position position : uncertain) {
        const auto known = records.find(position);
        if (known == records.end()) continue;
        Record& failing = known->second;
        failing.uncertain = false;
        failing.failures = outage && !failing.spared ? 0 : 1;
        failing.spared = failing.spared || outage;
    }
    uncertain.clear();
}

// They come back within an interval, not all at once.
void Scheduler::State::spread_aside(TimePoint now) {
    for (const Position position : aside) {
        record(position).phase = Phase::backing_off;
        const std::chrono::duration<double, std::milli> wait = breaker.interval() * chance();
        due.emplace(now + std::chrono::duration_cast<TimePoint::duration>(wait), position);
    }
    aside.clear();
}

void Scheduler::State::refused(std::span<const Sent> sent_records, const Verdict& verdict, bool was_probe,
                               TimePoint now, std::vector<Outcome>& outcomes) {
    const bool own_trouble =
        std::ranges::any_of(sent_records, [&](const Sent& one) { return record(one.position).refused; });
    if (own_trouble && !credential_pause.paused()) {
        const double luck = chance();
        for (const Sent& one : sent_records) {
            ++record(one.position).attempts;
            record(one.position).retried = true;
            count_failure(record(one.position), sent_records.size() > 1);
            if (bury_old(one, outcomes)) continue;
            back_off(one.position, luck, verdict.retry_after, now);
            outcomes.push_back(Outcome::waiting);
        }
    } else {
        const bool first = !credential_pause.paused() && !credential_pause.suspects();
        bool news = false;
        for (const Sent& one : sent_records) {
            Record& suspect = record(one.position);
            news = news || !suspect.suspect;
            if (!suspect.suspect) suspects.push_back(one.position);
            suspect.suspect = suspect.retried = true;
            set_aside(one.position);
            outcomes.push_back(Outcome::waiting);
        }
        if (first) suspected_at = last_number;
        credential_pause.unauthorized(verdict.message, news, now);
        if (was_probe) credential_pause.probed(now, verdict.retry_after);
    }
    if (sent_records.size() > 1) limit_to_half(sent_records);
}

// Begins the pause when all is known that can be known.
void Scheduler::State::decide_pause(TimePoint now) {
    if (sent != retries_sent || !credential_pause.decide(!untried.empty(), !retries.empty(), now)) return;
    paused_at = last_number;
    settle_uncertain(breaker.open());
    breaker.succeeded();  // it answers
}

void Scheduler::State::failed(InFlight request, std::span<const Sent> sent_records, const Verdict& verdict,
                              bool was_probe, TimePoint now, std::vector<Outcome>& outcomes) {
    if (verdict.throttled) bucket.throttle(now);
    if (request.retry) doublings = 0;
    for (const Sent& one : sent_records) {
        ++record(one.position).attempts;
        record(one.position).retried = true;
    }
    // A gateway that is down says nothing about our credentials: the pause goes on.
    if (credential_pause.paused()) {
        if (was_probe) credential_pause.probed(now, verdict.retry_after);
        for (const Sent& one : sent_records) {
            set_aside(one.position);
            outcomes.push_back(Outcome::waiting);
        }
        return;
    }
    // What fails while the breaker is open is the destination's failure.
    const bool outage = breaker.open();
    breaker.failed(!outage && count_uncertain(sent_records), now, verdict.retry_after);
    const double luck = chance();  // one for all, so that those who went together come back together
    const bool with_others = sent_records.size() > 1;
    for (const Sent& one : sent_records) {
        if (!outage) count_failure(record(one.position), with_others);
        if (bury_old(one, outcomes)) continue;
        outage ? set_aside(one.position) : back_off(one.position, luck, verdict.retry_after, now);
        outcomes.push_back(Outcome::waiting);
    }
    if (with_others && !outage && !verdict.throttled) limit_to_half(sent_records);
}

// Whether the request's failure says something about the destination: it held a record without a failure of its own
// that did not count before.
bool Scheduler::State::count_uncertain(std::span<const Sent> sent_records) {
    bool counts = false;
    for (const Sent& one : sent_records) {
        Record& failing = record(one.position);
        if (failing.failures != 0) continue;
        failing.uncertain = counts = true;
        uncertain.push_back(one.position);
    }
    return counts;
}

// Of those who failed together nobody knows who is to blame: they wait no longer than after a first failure. Who fails
// by itself time and again goes by itself from now on.
void Scheduler::State::count_failure(Record& failing, bool with_others) {
    if (failing.failures == 0 || (!with_others && failing.failures < UINT16_MAX)) ++failing.failures;
    if (!with_others && !failing.uncertain && failing.failures > 2) failing.alone = true;
}

bool Scheduler::State::bury_old(const Sent& one, std::vector<Outcome>& outcomes) {
    if (one.age <= policy.max_age || lanes.waits(one.position)) return false;
    finish(one.position);
    outcomes.push_back(Outcome::dead);
    return true;
}

void Scheduler::State::set_aside(Position position) {
    Record& waiting = record(position);
    waiting.phase = lanes.waits(position) ? Phase::blocked : Phase::aside;
    if (waiting.phase == Phase::aside) aside.push_back(position);
}

void Scheduler::State::back_off(Position position, double luck, std::optional<Duration> asked, TimePoint now) {
    Record& waiting = record(position);
    waiting.phase = lanes.waits(position) ? Phase::blocked : Phase::backing_off;
    if (waiting.phase == Phase::blocked) return;
    const Backoff& its = waiting.uncertain ? uncertain_backoff : backoff;
    due.emplace(now + its.wait(waiting.failures, luck, asked), position);
}

// Who is to blame for a batch is found by halves, of what may go together where successes have doubled it too.
void Scheduler::State::limit_to_half(std::span<const Sent> sent_records) {
    for (const Sent& one : sent_records) {
        const auto known = records.find(one.position);
        if (known == records.end()) continue;
        std::uint16_t& limit = known->second.limit;
        const std::size_t together =
            limit == 0 ? sent_records.size() : std::min<std::size_t>(limit, sent_records.size());
        limit = static_cast<std::uint16_t>(std::min<std::size_t>((together + 1) / 2, UINT16_MAX));
    }
}

void Scheduler::answered(InFlight request, std::span<const Sent> sent_records, const delivery::Verdict& verdict,
                         TimePoint now, std::vector<Outcome>& outcomes) {
    State& s = *state_;
    const bool was_probe = s.ended(request);
    switch (verdict.fate) {
        case Fate::delivered:
        case Fate::dead:
            s.succeeded(request, now);
            for (const Sent& one : sent_records) {
                s.finish(one.position);
                const bool dead = one.rejected || verdict.fate == Fate::dead;
                outcomes.push_back(dead ? Outcome::dead : Outcome::settled);
            }
            break;
        case Fate::held: s.refused(sent_records, verdict, was_probe, now, outcomes); break;
        case Fate::retry:
        case Fate::redirected:  // to where it may not follow
            s.failed(request, sent_records, verdict, was_probe, now, outcomes);
            break;
    }
    if (s.credential_pause.suspects()) s.decide_pause(now);
}

Outcome Scheduler::answered(const Step& step, const delivery::Verdict& verdict, Duration age, TimePoint now) {
    const Sent one{step.position, age};
    std::vector<Outcome> outcomes;
    answered(step.request, {&one, 1}, verdict, now, outcomes);
    return outcomes.front();
}

void Scheduler::halve(InFlight request, std::span<const Position> positions, TimePoint now) {
    State& s = *state_;
    s.ended(request);
    s.succeeded(request, now);
    const std::size_t half = std::min<std::size_t>((positions.size() + 1) / 2, UINT16_MAX);
    for (const Position position : positions) {
        s.record(position).limit = static_cast<std::uint16_t>(half);
        s.wait_again(position);
    }
}

void Scheduler::put_back(InFlight request, std::span<const Position> positions) {
    state_->bucket.give_back();
    resend(request, positions);
}

void Scheduler::resend(InFlight request, std::span<const Position> positions) {
    state_->ended(request);
    for (const Position position : positions) state_->wait_again(position);
}

void Scheduler::abandon(InFlight request) {
    state_->bucket.give_back();
    state_->ended(request);
}

}  // namespace pintle::schedule
