// What becomes of a request's records when it comes back.
#include <algorithm>

#include "schedule/scheduler_state.hpp"

namespace pintle::schedule {

using delivery::Fate;

// Whether it was the probe.
bool Scheduler::State::ended(Position first) {
    --sent;
    if (probe != first) return false;
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

// The destination took or judged the request, so it works and knows our credentials. What was sent before a hold or the
// breaker began says nothing about now.
void Scheduler::State::succeeded(bool was_probe) {
    if (!was_probe) return breaker.succeeded();
    gate.release();
    breaker.close();
    return_aside();
}

void Scheduler::State::refused(std::span<const Sent> request, const Verdict& verdict, bool was_probe, TimePoint now,
                               std::vector<Outcome>& outcomes) {
    // Refused again after others were let through: these records' own trouble (a firewall that dislikes them, say),
    // which must not hold everybody up time and again.
    const auto again = [&](const Sent& one) { return record(one.position).refused; };
    if (!gate.held() && std::ranges::all_of(request, again)) {
        return failed(request, verdict, was_probe, now, outcomes);
    }
    gate.refuse(verdict.reason, now);
    if (was_probe) gate.probed(now, verdict.retry_after);
    breaker.close();  // it answers
    for (const Sent& one : request) {
        record(one.position).refused = true;
        set_aside(one.position);
        outcomes.push_back(Outcome::waiting);
    }
}

void Scheduler::State::failed(std::span<const Sent> request, const Verdict& verdict, bool was_probe, TimePoint now,
                              std::vector<Outcome>& outcomes) {
    if (verdict.throttled) bucket.throttle(now);
    bool first_failure = false;
    for (const Sent& one : request) {
        ++record(one.position).attempts;
        first_failure = first_failure || record(one.position).failures == 0;
    }
    // A gateway that is down says nothing about our credentials: the hold goes on.
    const bool hold_goes_on = was_probe && gate.held();
    if (hold_goes_on) {
        gate.probed(now, verdict.retry_after);
    } else if (was_probe) {
        breaker.probe_failed(now, chance(), verdict.retry_after);
    } else if (first_failure) {
        // Only a record's first failure counts, or a few that can never succeed would stop everybody.
        breaker.failed(now, chance(), verdict.retry_after);
    }
    const double luck = chance();  // one for all, so that those who went together come back together
    for (const Sent& one : request) {
        if (!hold_goes_on && one.age > policy.max_age && !lanes.waits(one.position)) {
            finish(one.position);
            outcomes.push_back(Outcome::dead);
            continue;
        }
        was_probe ? set_aside(one.position) : back_off(one.position, luck, verdict, now);
        outcomes.push_back(Outcome::waiting);
    }
}

void Scheduler::State::set_aside(Position position) {
    Record& waiting = record(position);
    waiting.phase = lanes.waits(position) ? Phase::blocked : Phase::aside;
    if (waiting.phase == Phase::aside) aside.push_back(position);
}

void Scheduler::State::back_off(Position position, double luck, const Verdict& verdict, TimePoint now) {
    Record& waiting = record(position);
    if (waiting.failures < UINT16_MAX) ++waiting.failures;
    waiting.phase = lanes.waits(position) ? Phase::blocked : Phase::backing_off;
    if (waiting.phase == Phase::blocked) return;
    due.emplace(now + backoff.wait(waiting.failures, luck, verdict.retry_after), position);
}

void Scheduler::answered(std::span<const Sent> request, const delivery::Verdict& verdict, TimePoint now,
                         std::vector<Outcome>& outcomes) {
    State& s = *state_;
    const bool was_probe = s.ended(request.front().position);
    switch (verdict.fate) {
        case Fate::delivered:
        case Fate::dead:
            s.succeeded(was_probe);
            for (const Sent& one : request) {
                s.finish(one.position);
                const bool dead = one.refused || verdict.fate == Fate::dead;
                outcomes.push_back(dead ? Outcome::dead : Outcome::settled);
            }
            return;
        case Fate::held: return s.refused(request, verdict, was_probe, now, outcomes);
        case Fate::retry:
        case Fate::redirected: break;  // to where it may not follow
    }
    s.failed(request, verdict, was_probe, now, outcomes);
}

Outcome Scheduler::answered(Position position, const delivery::Verdict& verdict, Duration age, TimePoint now) {
    const Sent one{position, age};
    std::vector<Outcome> outcomes;
    answered({&one, 1}, verdict, now, outcomes);
    return outcomes.front();
}

void Scheduler::halve(std::span<const Position> request) {
    State& s = *state_;
    s.succeeded(s.ended(request.front()));
    const std::size_t half = std::min<std::size_t>((request.size() + 1) / 2, UINT16_MAX);
    for (const Position position : request) {
        s.record(position).limit = static_cast<std::uint16_t>(half);
        s.wait_again(position);
    }
}

void Scheduler::put_back(std::span<const Position> request) {
    state_->bucket.give_back();
    resend(request);
}

void Scheduler::resend(std::span<const Position> request) {
    state_->ended(request.front());
    for (const Position position : request) state_->wait_again(position);
}

void Scheduler::abandon(Position first) {
    state_->bucket.give_back();
    state_->ended(first);
}

}  // namespace pintle::schedule
