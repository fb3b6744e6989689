#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pintle/base/asio.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/full_queues.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::ingest {

// Who may send, and where its events go.
struct Source {
    std::string name;
    std::vector<std::string> write_keys;  // none only with insecure_no_auth
    bool insecure_no_auth = false;
    std::string destination;
    journal::Stream stream = 0;  // the destination's
    customerio::Options mapping;
    std::vector<std::string> consent_categories;
    std::size_t rate = 0;                              // events per second; 0: any number
    std::vector<std::string> types;                    // of events that it may send; none: all of them
    const journal::FullQueues* full_queues = nullptr;  // the destination's, which must outlive this; none: no limit
};

struct Options {
    std::vector<Source> sources;
    std::vector<std::string> cors_origins{"*"};
    std::size_t max_event = 32'000;  // bytes, with what the event's batch says of it
    std::size_t max_events_per_request = 10'000;
    std::size_t max_expanded = 32UL << 20U;              // bytes that a request's events may become together
    std::chrono::milliseconds dedupe_window{3'600'000};  // 0: repeats are not looked for
    std::size_t max_message_ids = 2'000'000;             // message ids that are remembered, of all sources
};

// What senders see: routes, authentication, stamping, answers. 200 is answered only once every event of the request is
// on disk. Thread-safe; journal, clock, feed and memory must outlive it.
class Ingest final : public http::Handler {
public:
    using Clock = std::function<WallTime()>;

    // `feed`: shown what is rejected, dropped or dead at once; what is accepted is seen when the journal has it.
    // `ages`: the AgeClock's time, by which events grow old and message ids are forgotten; empty: `clock`.
    // `memory`: of it a request takes what it needs until its commit is answered; null: it is not bounded.
    Ingest(Options options, journal::Journal& journal, Clock clock, events::EventStream* feed = nullptr,
           const Clock& ages = {}, http::MemoryBudget* memory = nullptr);
    ~Ingest() override;
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    // Remembers the message ids that the journal has seen within the window. Once, before the first request; of
    // millions it takes about a second.
    void load_message_ids();

    // From the next request on; those under way end by what they began with. The dedupe window stays.
    void replace(Options options);

    std::optional<http::Response> refuse(const http::Request& head, http::Terms& terms) override;
    Awaitable<void> handle(http::Request& request, http::Response& answer) override;
    void fault(unsigned status, std::string_view reason, http::Response& answer) override;

    Counts counts() const;

private:
    struct RequestPolicy;
    struct State;
    class Processing;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::ingest
