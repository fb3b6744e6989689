#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/asio.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/consent_policy.hpp"
#include "pintle/customerio/event_filter.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/full_queues.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/telemetry/tracer.hpp"

namespace pintle::ingest {

// Where a source's events are delivered, and what that asks of them.
struct Destination {
    std::string name;
    journal::Stream stream = 0;
    customerio::Options mapping;
    customerio::ConsentPolicy consent;                       // that it needs
    customerio::EventFilter events;                          // that it gets
    std::shared_ptr<const journal::FullQueues> full_queues;  // null: no limit
};

// A sender. Each of its events goes to all of its destinations, which judge it independently.
struct Source {
    std::string name;
    std::vector<std::string> write_keys;  // empty: requests cannot name it
    bool insecure_no_auth = false;
    std::vector<Destination> destinations;  // at least one
    std::size_t rate = 0;                   // events per second; 0: unlimited
    std::vector<std::string> types;         // event types that it may send; empty: all
    bool reads_topics = false;              // its events come by `take_records` too
};

// A record of a Kafka topic: the JSON of one event, of an array of them, or of an object with a `batch`.
struct TopicRecord {
    std::string value;
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<WallTime> time;  // when it was written
};

// What became of a sequence of records.
struct RecordsTaken {
    std::size_t count = 0;                    // the first ones: on disk as records or dead letters, or dropped
    std::optional<Reason> waits_for;          // why the next one cannot be taken now; not set: all are taken
    std::chrono::milliseconds retry_after{};  // then
};

struct Options {
    std::vector<Source> sources;
    std::vector<std::string> cors_origins{"*"};
    std::size_t max_event = 32'000;          // bytes, with the defaults of its batch
    std::size_t max_record = 4000UL * 1024;  // bytes of a topic's record
    std::size_t max_events_per_request = 10'000;
    std::size_t max_expanded = 32UL << 20U;              // bytes of a request's records together
    std::chrono::milliseconds dedupe_window{3'600'000};  // 0: no deduplication
    std::size_t max_message_ids = 2'000'000;             // in memory, of all sources
};

// The HTTP API for senders: routes, authentication, enrichment, responses. It answers 200 only after every event of the
// request is on disk. Thread-safe; journal, clock, event_stream, memory and tracer must outlive it.
class Ingest final : public http::Handler {
public:
    using Clock = std::function<WallTime()>;

    // `event_stream`: gets what is rejected, dropped or dead-lettered here; accepted events are reported after the
    // commit. `ages`: the AgeClock, for the age of events and message ids; empty: `clock`. `memory`: limits the memory
    // of requests until their commit; null: unlimited. `tracer`: null: nothing is traced.
    Ingest(Options options, journal::Journal& journal, Clock clock, events::EventStream* event_stream = nullptr,
           const Clock& ages = {}, http::MemoryBudget* memory = nullptr, telemetry::Tracer* tracer = nullptr);
    ~Ingest() override;
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    // Loads the message ids of the dedupe window from the journal. Call it once, before the first request; millions
    // take about a second.
    void load_message_ids();

    // Applies from the next request on; requests in flight keep their options. Does not change the dedupe window.
    void replace(Options options);

    std::optional<http::Response> on_headers(const http::Request& head, http::Terms& terms) override;
    Awaitable<void> on_request(http::Request& request, http::Response& response) override;
    // Takes records of topics, as requests are taken, for the source of that name. Those that cannot be read, or that
    // no destination takes, become dead letters: nobody could be told. To keep their order, the caller takes the
    // records of a partition one call after another, and begins anew with the first that was not taken.
    Awaitable<RecordsTaken> take_records(std::string source, std::span<const TopicRecord> records);

    void on_error(unsigned status, std::string_view reason, http::Response& response) override;

    Counts counts() const;

private:
    struct RequestPolicy;
    struct State;
    class Processing;
    class RecordBatch;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::ingest
