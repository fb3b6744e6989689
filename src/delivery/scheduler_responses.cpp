// What becomes of a request's records when it comes back.
#include <algorithm>

#include "scheduler_state.hpp"

namespace pintle::delivery {

using customerio::Disposition;

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

void Scheduler::State::finish(Offset offset) {
    records.erase(offset);
    freed.clear();
    queues.remove(offset, freed);
    for (const Offset next_one : freed) {
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
    if (!uncertain.empty()) remove_uncertain(breaker.open());
    breaker.succeeded();
}

// Somebody's request succeeded. `own_trouble`: one that was sent after these were refused (by a firewall that dislikes
// them, say). Such a record holds nobody up again.
void Scheduler::State::clear_suspects(bool own_trouble, TimePoint now) {
    for (const Offset offset : suspects) {
        const auto known = records.find(offset);
        if (known == records.end()) continue;
        Record& suspect = known->second;
        suspect.suspect = false;
        suspect.refused = suspect.refused || own_trouble;
        if (credential_pause.paused() || suspect.phase != Phase::deferred) continue;
        count_failure(suspect, false);
        back_off(offset, chance(), {}, now);
    }
    suspects.clear();
    std::erase_if(deferred, [&](Offset offset) { return record(offset).phase != Phase::deferred; });
}

// Now it is known whose trouble it was: after an outage the destination's, but once; else the records' own, which has
// just begun.
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

// They come back within an interval, not all at once.
void Scheduler::State::spread_aside(TimePoint now) {
    for (const Offset offset : deferred) {
        record(offset).phase = Phase::backing_off;
        const std::chrono::duration<double, std::milli> wait = breaker.interval() * chance();
        due.emplace(now + std::chrono::duration_cast<TimePoint::duration>(wait), offset);
    }
    deferred.clear();
}

void Scheduler::State::refused(std::span<const Sent> sent_records, const DeliveryResult& result, bool was_probe,
                               TimePoint now, std::vector<Resolution>& resolutions) {
    const bool own_trouble =
        std::ranges::any_of(sent_records, [&](const Sent& one) { return record(one.offset).refused; });
    if (own_trouble && !credential_pause.paused()) {
        const double jitter = chance();
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
            set_aside(one.offset);
            resolutions.push_back(Resolution::retry);
        }
        if (first) suspected_at = last_number;
        credential_pause.unauthorized(result.message, news, now);
        if (was_probe) credential_pause.probed(now, result.retry_after);
    }
    if (sent_records.size() > 1) limit_to_half(sent_records);
}

// Begins the pause when all is known that can be known.
void Scheduler::State::decide_pause(TimePoint now) {
    if (sent != retries_sent || !credential_pause.decide(!untried.empty(), !retries.empty(), now)) return;
    paused_at = last_number;
    remove_uncertain(breaker.open());
    breaker.succeeded();  // it answers
}

void Scheduler::State::failed(InFlight request, std::span<const Sent> sent_records, const DeliveryResult& result,
                              bool was_probe, TimePoint now, std::vector<Resolution>& resolutions) {
    if (result.throttled) bucket.throttle(now);
    if (request.retry) doublings = 0;
    for (const Sent& one : sent_records) {
        ++record(one.offset).attempts;
        record(one.offset).retried = true;
    }
    // A gateway that is down says nothing about our credentials: the pause goes on.
    if (credential_pause.paused()) {
        if (was_probe) credential_pause.probed(now, result.retry_after);
        for (const Sent& one : sent_records) {
            set_aside(one.offset);
            resolutions.push_back(Resolution::retry);
        }
        return;
    }
    // What fails while the breaker is open is the destination's failure.
    const bool outage = breaker.open();
    breaker.failed(!outage && count_uncertain(sent_records), now, result.retry_after);
    const double jitter = chance();  // one for all, so that those who went together come back together
    const bool with_others = sent_records.size() > 1;
    for (const Sent& one : sent_records) {
        if (!outage) count_failure(record(one.offset), with_others);
        if (dead_letter_if_old(one, resolutions)) continue;
        outage ? set_aside(one.offset) : back_off(one.offset, jitter, result.retry_after, now);
        resolutions.push_back(Resolution::retry);
    }
    if (with_others && !outage && !result.throttled) limit_to_half(sent_records);
}

// Whether the request's failure says something about the destination: it held a record without a failure of its own
// that did not count before.
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

// Of those who failed together nobody knows who is to blame: they wait no longer than after a first failure. Who fails
// by itself time and again goes by itself from now on.
void Scheduler::State::count_failure(Record& failing, bool with_others) {
    if (failing.failures == 0 || (!with_others && failing.failures < UINT16_MAX)) ++failing.failures;
    if (!with_others && !failing.uncertain && failing.failures > 2) failing.unbatchable = true;
}

bool Scheduler::State::dead_letter_if_old(const Sent& one, std::vector<Resolution>& resolutions) {
    if (one.age <= policy.max_age || queues.is_blocked(one.offset)) return false;
    finish(one.offset);
    resolutions.push_back(Resolution::dead_letter);
    return true;
}

void Scheduler::State::set_aside(Offset offset) {
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

// Who is to blame for a batch is found by halves, of what may go together where successes have doubled it too.
void Scheduler::State::limit_to_half(std::span<const Sent> sent_records) {
    for (const Sent& one : sent_records) {
        const auto known = records.find(one.offset);
        if (known == records.end()) continue;
        std::uint16_t& limit = known->second.limit;
        const std::size_t together =
            limit == 0 ? sent_records.size() : std::min<std::size_t>(limit, sent_records.size());
        limit = static_cast<std::uint16_t>(std::min<std::size_t>((together + 1) / 2, UINT16_MAX));
    }
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
        case Disposition::unauthorized: s.refused(sent_records, result, was_probe, now, resolutions); break;
        case Disposition::retry:
        case Disposition::redirected:  // to where it may not follow
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
        s.wait_again(offset);
    }
}

void Scheduler::requeue(InFlight request, std::span<const Offset> offsets) {
    state_->bucket.give_back();
    resend(request, offsets);
}

void Scheduler::resend(InFlight request, std::span<const Offset> offsets) {
    state_->ended(request);
    for (const Offset offset : offsets) state_->wait_again(offset);
}

void Scheduler::cancel(InFlight request) {
    state_->bucket.give_back();
    state_->ended(request);
}

}  // namespace pintle::delivery
