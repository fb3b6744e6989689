#include "pintle/events/event_stream.hpp"
#include "pintle/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "pintle/logging/logging.hpp"

namespace pintle::events {
namespace {

constexpr std::chrono::milliseconds period{100};

bool is_failure(Outcome outcome) {
    return outcome == Outcome::retried || outcome == Outcome::dead_letter || outcome == Outcome::rejected;
}

// DESTINATION/ID; empty where it is no dead letter.
std::string letter_name(const Observation& observation) {
    if (observation.letter == 0) return {};
    return std::string(observation.destination) + '/' + std::to_string(observation.letter);
}

EventRecordPtr copy_of(const Observation& observation, EventSummary summary, std::uint64_t number) {
    auto shown = std::make_shared<EventRecord>();
    shown->number = number;
    shown->outcome = observation.outcome;
    shown->time = observation.time;
    shown->received = observation.received;
    shown->message_id = observation.message_id;
    shown->source = observation.source;
    shown->destination = observation.destination;
    shown->type = std::move(summary.type);
    shown->user = std::move(summary.user);
    shown->name = std::move(summary.name);
    shown->event = observation.event;
    shown->reason = observation.reason;
    shown->message = observation.message;
    shown->method = observation.method;
    shown->path = observation.path;
    shown->body = observation.body;
    shown->status = observation.status;
    shown->response_body = observation.response_body;
    shown->attempts = observation.attempts;
    shown->letter = letter_name(observation);
    return shown;
}

}  // namespace

bool EventStream::is_logged(Outcome outcome) const noexcept {
    const auto logged = logged_.load(std::memory_order_relaxed);
    switch (outcome) {
        case Outcome::retried: return false;  // more follows
        case Outcome::rejected:
        case Outcome::dead_letter: return logged != LoggedEvents::off;
        case Outcome::accepted:  // answers whether a pending event has arrived
        case Outcome::delivered:
        case Outcome::dropped: return logged == LoggedEvents::all;
    }
    return false;
}

void EventStream::write_to_log(const Observation& observation, const EventSummary& summary) const {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const auto age = observation.time - observation.received;
    const bool is_known = observation.received != WallTime{};
    logging::info(
        "event_outcome outcome={} source={} destination={} type={} name=\"{}\" message_id=\"{}\" user=\"{}\" "
        "email=\"{}\" anonymous_id=\"{}\" reason={} message=\"{}\" status={} attempts={} latency_ms={} letter=\"{}\"",
        outcomes.at(static_cast<std::size_t>(observation.outcome)), observation.source, observation.destination,
        summary.type, summary.name, summary.message_id,
        redact_log_ ? std::string_view("[redacted]") : std::string_view(summary.user),
        redact_log_ ? std::string_view() : std::string_view(summary.email),
        redact_log_ ? std::string_view() : std::string_view(summary.anonymous),
        observation.reason ? code(*observation.reason) : std::string_view(),
        redact_log_ ? std::string_view() : observation.message, observation.status, observation.attempts,
        is_known ? std::round(Milliseconds(age).count()) : 0.0, letter_name(observation));
}

EventStream::Quota& EventStream::quota(Outcome outcome) noexcept {
    return quotas_[is_failure(outcome) ? 1 : 0];
}

bool EventStream::should_record(Outcome outcome, WallTime now) noexcept {
    if (narrow_.load(std::memory_order_relaxed) > 0 || is_logged(outcome)) return true;
    Quota& quota = this->quota(outcome);
    const auto tenth = now.time_since_epoch() / period;
    if (quota.tenth.load(std::memory_order_relaxed) != tenth) return true;
    if (quota.left.load(std::memory_order_relaxed) > 0) return true;
    if (subscriber_count_.load(std::memory_order_relaxed) > 0) left_out_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// Takes one record of the quota. Two threads that begin a tenth of a second together may exceed the limit slightly.
bool EventStream::take(Outcome outcome, WallTime now) noexcept {
    Quota& quota = this->quota(outcome);
    const auto tenth = now.time_since_epoch() / period;
    if (quota.tenth.exchange(tenth, std::memory_order_relaxed) != tenth) {
        const bool watched = subscriber_count_.load(std::memory_order_relaxed) > 0;
        quota.left.store(watched ? limits_.watched : limits_.unwatched, std::memory_order_relaxed);
    }
    auto left = quota.left.load(std::memory_order_relaxed);
    while (left > 0 && !quota.left.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {
    }
    return left > 0;
}

void EventStream::record(const Observation& observation) {
    const bool sampled = take(observation.outcome, observation.time);
    const bool logged = is_logged(observation.outcome);
    if (!sampled && !logged && narrow_.load(std::memory_order_relaxed) == 0) return;
    EventSummary summary = summarize(observation.event);
    if (summary.type.empty()) summary.type = observation.type;
    if (logged) write_to_log(observation, summary);
    const MutexLock lock(mutex_);
    std::vector<Subscriber*> for_whom;
    for (Subscriber* subscriber : subscribers_) {
        const bool meant = sampled || subscriber->filter_.narrow();
        if (meant && subscriber->wants(observation.outcome, observation.destination, summary))
            for_whom.push_back(subscriber);
    }
    if (!sampled && for_whom.empty()) return;
    const EventRecordPtr shown = copy_of(observation, std::move(summary), ++last_);
    retain(shown);
    for (Subscriber* subscriber : for_whom) subscriber->put(shown);
}

void EventStream::retain(const EventRecordPtr& shown) {
    kept_.push_back(shown);
    kept_bytes_ += shown->size();
    while (kept_.size() > limits_.kept || kept_bytes_ > limits_.kept_bytes) {
        kept_bytes_ -= kept_.front()->size();
        kept_.pop_front();
    }
}

std::vector<EventRecordPtr> EventStream::recent(const Filter& filter, std::size_t limit) const {
    std::vector<EventRecordPtr> all;
    {
        const MutexLock lock(mutex_);
        all.assign(kept_.rbegin(), kept_.rend());
    }
    std::erase_if(all, [&](const EventRecordPtr& shown) {
        return !filter.matches(shown->outcome, shown->destination) ||
               (filter.narrow() && !filter.matches(summarize(shown->event)));
    });
    if (all.size() > limit) all.resize(limit);
    return all;
}

std::unique_ptr<Subscriber> EventStream::subscribe(Filter filter, std::function<void()> wake) {
    std::unique_ptr<Subscriber> subscriber(new Subscriber(*this, std::move(filter), std::move(wake)));
    const MutexLock lock(mutex_);
    subscribers_.push_back(subscriber.get());
    ++subscriber_count_;
    if (subscriber->filter_.narrow()) ++narrow_;
    for (Quota& quota : quotas_) quota.tenth = 0;  // the next observation gets the new limits
    return subscriber;
}

void EventStream::leave(const Subscriber& subscriber) {
    const MutexLock lock(mutex_);
    std::erase(subscribers_, &subscriber);
    --subscriber_count_;
    if (subscriber.filter_.narrow()) --narrow_;
}

Subscriber::Subscriber(EventStream& feed, Filter filter, std::function<void()> wake)
    : feed_(feed), filter_(std::move(filter)), wake_(std::move(wake)), left_out_(feed.left_out_) {}

bool Subscriber::wants(Outcome outcome, std::string_view destination, const EventSummary& summary) const {
    return filter_.matches(outcome, destination) && filter_.matches(summary);
}

void Subscriber::put(const EventRecordPtr& shown) {
    feed_.mutex_.assert_held();  // by EventStream::record
    const Limits& limits = feed_.limits_;
    if (queue_.size() >= limits.queued || bytes_ + shown->size() > limits.queued_bytes) {
        ++skipped_;
        return;
    }
    bytes_ += shown->size();
    queue_.push_back(shown);
    if (queue_.size() == 1) wake_();
}

Subscriber::Update Subscriber::take() {
    Update news;
    const MutexLock lock(feed_.mutex_);
    news.shown.swap(queue_);
    bytes_ = 0;
    news.skipped = std::exchange(skipped_, 0);
    const auto left_out = feed_.left_out_.load(std::memory_order_relaxed);
    if (!filter_.narrow()) news.skipped += left_out - left_out_;
    left_out_ = left_out;
    return news;
}

}  // namespace pintle::events
