#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pintle/http/memory_budget.hpp"
#include "pintle/http/server.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/live/feed.hpp"
#include "pintle/mapping/mapper.hpp"
#include "pintle/record/full_queues.hpp"

namespace pintle::ingest {

// Who may send, and where its events go.
struct Source {
    std::string name;
    std::vector<std::string> write_keys;  // none only with insecure_no_auth
    bool insecure_no_auth = false;
    std::string destination;
    journal::Log log = 0;  // the destination's
    mapping::Options mapping;
    std::vector<std::string> consent_categories;
    std::size_t rate = 0;                             // events per second; 0: any number
    std::vector<std::string> types;                   // of events that it may send; none: all of them
    const record::FullQueues* full_queues = nullptr;  // the destination's, which must outlive this; none: no limit
};

struct Options {
    std::vector<Source> sources;
    std::vector<std::string> cors_origins{"*"};
    std::size_t max_event = 32'000;  // bytes, with what the event's batch says of it
    std::size_t max_events_per_request = 10'000;
    std::size_t max_expanded = 32UL << 20U;              // bytes that a request's events may become together
    std::chrono::milliseconds dedupe_window{3'600'000};  // 0: repeats are not looked for
    std::size_t max_seen = 2'000'000;                    // message ids that are remembered, of all sources
};

// What senders see: routes, authentication, stamping, answers. 200 is answered only once every event of the request is
// on disk. Thread-safe; journal, clock, feed and memory must outlive it.
class Ingest final : public http::Handler {
public:
    using Clock = std::function<WallTime()>;

    // `feed`: shown what is rejected, dropped or dead at once; what is accepted is seen when the journal has it.
    // `ages`: the AgeClock's time, by which events grow old and message ids are forgotten; empty: `clock`.
    // `memory`: of it a request takes what it needs until its commit is answered; null: it is not bounded.
    Ingest(Options options, journal::Journal& journal, Clock clock, live::Feed* feed = nullptr, const Clock& ages = {},
           http::MemoryBudget* memory = nullptr);
    ~Ingest() override;
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    // Remembers the message ids that the journal has seen within the window. Once, before the first request; of
    // millions it takes about a second.
    void recall();

    // From the next request on; those under way end by what they began with. The dedupe window stays.
    void replace(Options options);

    std::optional<http::Answer> refuse(const http::Request& head, http::Terms& terms) override;
    http::Awaitable<void> handle(http::Request& request, http::Answer& answer) override;
    void fault(unsigned status, std::string_view reason, http::Answer& answer) override;

    Counts counts() const;

private:
    struct Rules;
    struct State;
    class Processing;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::ingest
