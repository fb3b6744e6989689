#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "pintle/base/age_clock.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/delivery/commit_queue.hpp"
#include "pintle/delivery/error_deduplicator.hpp"
#include "pintle/delivery/pause_history.hpp"
#include "pintle/delivery/payload_cache.hpp"
#include "pintle/delivery/scheduler.hpp"
#include "pintle/delivery/worker_counts.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::delivery {

inline TimePoint steady_now() {
    return std::chrono::steady_clock::now();
}

inline constexpr std::size_t kept_answer = 1024;  // bytes of an answer's body that people may want to see

// The keys of a destination's metadata in the journal: its pauses, and the message of an operator who paused it.
std::string pauses_key(const config::Destination& destination);
std::string operator_message_key(const config::Destination& destination);

// What one destination is doing, for people.
struct WorkerStatus {
    std::string host;             // where requests go now, with the port unless it is the usual one
    std::size_t connections = 0;  // open ones
    std::optional<Pause> paused;
    bool circuit_breaker_open = false;
};

// Moves one destination's records from the journal to Customer.io: it reads, asks the scheduler who is next, maps,
// sends, and passes the verdict back. All order, time and retry is decided by the scheduler. Runs on one io_context;
// reads from disk on `readers`. Must be made before the journal's first append, and outlive its last commit.
class DestinationWorker {
public:
    DestinationWorker(boost::asio::io_context& io, boost::asio::thread_pool& readers, journal::Journal& journal,
                      events::EventStream& events, const AgeClock& ages, const config::Destination& destination);
    ~DestinationWorker();
    DestinationWorker(const DestinationWorker&) = delete;
    DestinationWorker& operator=(const DestinationWorker&) = delete;

    void start();  // thread-safe, as all below

    // The way to what the destination is to be; throws std::runtime_error where its `ca_file` cannot be read.
    std::shared_ptr<http::client::HttpClient> connect(const config::Destination& destination);

    // Continues with another configuration of the same destination, through `client`. Requests in flight keep their
    // connections; those that are not delivered are sent again with the new configuration. A paused destination is
    // probed at once.
    void reconfigure(config::Destination destination, std::shared_ptr<http::client::HttpClient> client);

    // Sends nothing new, across restarts too, until `resume`. `message`, which is not empty, says why. `resume` also
    // probes a destination at once that is paused for another reason.
    std::future<void> pause_by_operator(std::string message);
    std::future<void> resume();

    // Sends nothing new from now on.
    void stop_dispatch();
    // No request is in flight and no read is running.
    bool is_idle() const noexcept { return operations_.load() == 0; }
    // Cancels the requests in flight: their events are sent after the next start.
    void close();

    WorkerStatus status() const;
    const WorkerCounts& counts() const noexcept { return counts_; }
    const std::string& name() const noexcept { return name_; }
    journal::Stream stream() const noexcept { return stream_; }

    // Whose events are not to be taken in for now: as many as `max` of theirs wait; 0: nobody's.
    const journal::FullQueues& full_queues() const noexcept { return full_queues_; }
    void limit_queues(std::uint64_t max);

private:
    void adopt(config::Destination destination, std::shared_ptr<http::client::HttpClient> client);
    void take_committed();
    void refill();
    void evict();
    void refilled(std::vector<journal::StoredRecord> records, journal::Offset up_to);
    void enqueue(journal::StoredRecord record);
    void rescan();
    void rescanned(std::vector<journal::StoredRecord> records, journal::Offset from, journal::Offset last_read);
    void store(journal::StoredRecord record, const Entry& entry, Enqueued enqueued);
    template <class Handle>
    void read(journal::Offset after, std::size_t limit, Handle handle);
    void dispatch();
    void dispatch_soon();
    void wake_at(TimePoint when);

    Awaitable<void> run();
    Awaitable<void> ask_region();

    struct OutboundRequest;
    Awaitable<void> deliver(InFlight request, std::vector<journal::Offset> offsets);
    Awaitable<OutboundRequest> build_request(std::vector<journal::Offset> offsets);
    Awaitable<std::string> load(journal::Offset offset);
    Result<void> map(std::string_view event, customerio::Mapped& mapped);
    bool follow(http::client::HttpClient& client, const http::client::Endpoint& asked, const HttpResponse& response,
                const customerio::DeliveryResult& result);
    void requeue_records(OutboundRequest& request_out);
    void bisect(OutboundRequest& request_out, const customerio::DeliveryResult& result);
    void apply_response(OutboundRequest& request_out, const HttpResponse& response,
                        const customerio::BatchResult& result);
    void report_error(const HttpResponse& response, const customerio::DeliveryResult& result);
    void ack(journal::Offset offset, std::size_t bytes, WallTime queued, WallTime now);
    void dead_letter(journal::Offset offset, std::string_view bytes, const HttpResponse& response, Reason reason,
                     std::string message, std::uint32_t attempts);
    void dead_letter_unreadable(journal::Offset offset, std::string bytes);
    void record_accepted(std::span<const journal::StoredRecord> records);
    void record_observation(events::Outcome outcome, std::string_view bytes, const HttpResponse& response,
                            std::optional<Reason> reason, std::string_view message, std::uint32_t attempts,
                            WallTime now);
    std::optional<Pause> ongoing_pause() const;
    void pause(PauseReason reason, std::string message);
    void end_pause();
    void update_pause();
    void update_host();
    void report_changes();

    boost::asio::io_context& io_;
    boost::asio::thread_pool& readers_;
    journal::Journal& journal_;
    events::EventStream& events_;
    const AgeClock& ages_;
    config::Destination destination_;
    const std::string name_;
    const journal::Stream stream_;
    std::shared_ptr<http::client::HttpClient> client_;
    std::vector<std::weak_ptr<http::client::HttpClient>> former_;  // of earlier configurations, with requests in flight
    journal::FullQueues full_queues_;
    Scheduler scheduler_;
    PauseHistory pauses_;  // by the AgeClock
    customerio::Mapper mapper_;
    json::Event event_;
    CommitQueue commit_queue_;
    PayloadCache payloads_;
    std::vector<journal::StoredRecord> taken_;
    journal::Offset next_ = 1;  // the first that was not yet offered to the scheduler
    journal::Offset last_ = 0;  // the log's, as far as known
    Timer timer_;
    Timer scan_timer_;
    TimePoint next_scan_;
    TimePoint next_evict_;
    std::string operator_message_;  // why an operator paused it; empty: none did
    std::string region_error_;      // why its region is unknown; empty: it is known, or was not asked for yet
    bool running_ = false;
    bool reading_ = false;
    bool scanning_ = false;     // reads skipped records again
    bool scan_waits_ = false;   // for its time
    bool dispatching_ = false;  // soon
    bool stopping_ = false;
    int redirects_ = 0;  // in a row

    std::atomic<std::uint64_t> operations_{0};  // requests in flight and reads, which `close` waits for
    WorkerCounts counts_;
    std::atomic<bool> circuit_breaker_open_{false};
    mutable Mutex status_mutex_;  // also for `client_`, which only the worker's thread changes
    std::string host_ GUARDED_BY(status_mutex_);
    std::optional<Pause> paused_ GUARDED_BY(status_mutex_);
    std::uint64_t ids_excluded_from_ordering_ = 0;
    std::string last_failure_;
    ErrorDeduplicator errors_;
};

}  // namespace pintle::delivery
