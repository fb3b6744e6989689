#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/stats/counter.hpp"
#include "pintle/telemetry/trace.hpp"

namespace pintle::telemetry {

// Decides which events are traced, keeps the context of those that are pending in memory, and collects their spans
// until they are exported. All of it is bounded. Thread-safe.
class Tracer {
public:
    static constexpr std::size_t max_contexts = 8'192;  // over it the oldest are forgotten
    static constexpr std::size_t max_spans = 4'096;     // over it new ones are dropped

    // An event on its way to one destination.
    struct EventKey {
        std::uint32_t stream = 0;  // the destination's, in the journal
        MessageHash message{};

        auto operator<=>(const EventKey&) const = default;
    };

    // To what later spans of an event belong.
    struct Context {
        TraceId trace{};
        SpanId parent{};

        bool operator==(const Context&) const = default;
    };

    using Clock = std::function<SpanTime()>;

    // `ratio`: of the events without a parent, in [0, 1]. `seed`: of the ids.
    Tracer(double ratio, std::uint64_t seed, Clock clock = std::chrono::system_clock::now);

    // As the parent is; without a parent by the ratio, the same for each delivery of the message.
    bool samples(const MessageHash& message, const std::optional<TraceParent>& parent) const noexcept;

    SpanTime now() const { return clock_(); }
    TraceId new_trace();
    SpanId new_span();

    // Later spans of the event find its context, until it is forgotten.
    void remember(const EventKey& event, const Context& context);
    std::optional<Context> find(const EventKey& event) const;
    void forget(const EventKey& event);

    void record(Span span);
    std::vector<Span> take();  // all that were recorded since the last call

    std::uint64_t dropped() const noexcept { return dropped_.value(); }  // spans

private:
    using Order = std::list<EventKey>;  // the oldest first
    struct Remembered {
        Context context;
        Order::iterator place;
    };

    template <class Id>
    Id random_id();

    const double ratio_;
    const Clock clock_;
    std::atomic<std::size_t> count_{0};  // of contexts: most events have none, and need no lock to know it
    mutable Mutex mutex_;
    std::mt19937_64 random_ GUARDED_BY(mutex_);
    std::map<EventKey, Remembered> contexts_ GUARDED_BY(mutex_);
    Order order_ GUARDED_BY(mutex_);
    std::vector<Span> spans_ GUARDED_BY(mutex_);
    stats::Counter dropped_;
};

}  // namespace pintle::telemetry
