#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/inbox.hpp"
#include "app/runner_counts.hpp"
#include "app/trouble.hpp"
#include "app/window.hpp"
#include "pintle/app/config.hpp"
#include "pintle/delivery/sender.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/live/feed.hpp"
#include "pintle/mapping/mapper.hpp"
#include "pintle/record/age_clock.hpp"
#include "pintle/record/record.hpp"
#include "pintle/schedule/pause_history.hpp"
#include "pintle/schedule/scheduler.hpp"

namespace pintle::app {

inline schedule::TimePoint steady_now() {
    return std::chrono::steady_clock::now();
}

inline constexpr std::size_t kept_answer = 1024;  // bytes of an answer's body that people may want to see

// The keys of a destination's metadata in the journal: its pauses, and the message of an operator who paused it.
std::string pauses_key(const Destination& destination);
std::string operator_message_key(const Destination& destination);

// What one destination is doing, for people.
struct RunnerStatus {
    std::string host;             // where requests go now, with the port unless it is the usual one
    std::size_t connections = 0;  // open ones
    std::optional<schedule::Pause> paused;
    bool circuit_breaker_open = false;
};

// Moves one destination's records from the journal to Customer.io: it reads, asks the scheduler who is next, maps,
// sends, and passes the verdict back. All order, time and retry is decided by the scheduler. Runs on one io_context;
// reads from disk on `readers`. Must be made before the journal's first append, and outlive its last commit.
class Runner {
public:
    Runner(boost::asio::io_context& io, boost::asio::thread_pool& readers, journal::Journal& journal, live::Feed& feed,
           const AgeClock& ages, const Destination& destination);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void start();  // thread-safe, as all below

    // The way to what the destination is to be; throws std::runtime_error where its `ca_file` cannot be read.
    std::shared_ptr<delivery::Sender> connect(const Destination& destination);

    // Continues with another configuration of the same destination, through `sender`. Requests in flight keep their
    // connections; those that are not delivered are sent again with the new configuration. A paused destination is
    // probed at once.
    void reconfigure(Destination destination, std::shared_ptr<delivery::Sender> sender);

    // Sends nothing new, across restarts too, until `resume`. `message`, which is not empty, says why. `resume` also
    // probes a destination at once that is paused for another reason.
    std::future<void> pause_by_operator(std::string message);
    std::future<void> resume();

    // Sends nothing new from now on.
    void wind_down();
    // No request is in flight and no read is running.
    bool at_rest() const noexcept { return operations_.load() == 0; }
    // Cancels the requests in flight: their events are sent after the next start.
    void close();

    RunnerStatus status() const;
    const RunnerCounts& counts() const noexcept { return counts_; }
    const std::string& name() const noexcept { return name_; }
    journal::Log log() const noexcept { return log_; }

    // Whose events are not to be taken in for now: as many as `max` of theirs wait; 0: nobody's.
    const record::FullQueues& full_queues() const noexcept { return full_queues_; }
    void limit_queues(std::uint64_t max);

private:
    using TimePoint = schedule::TimePoint;
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>, delivery::Executor>;

    void adopt(Destination destination, std::shared_ptr<delivery::Sender> sender);
    void take_inbox();
    void refill();
    void park();
    void refilled(std::vector<journal::Stored> records, journal::Position up_to);
    void admit(journal::Stored record);
    void rescan();
    void rescanned(std::vector<journal::Stored> records, journal::Position from, journal::Position last_read);
    void store(journal::Stored record, const schedule::Entry& entry, schedule::Admission admission);
    template <class Handle>
    void read(journal::Position after, std::size_t limit, Handle handle);
    void pump();
    void pump_soon();
    void wake_at(TimePoint when);

    delivery::Awaitable<void> run();
    delivery::Awaitable<void> ask_region();

    struct Shipment;
    delivery::Awaitable<void> deliver(schedule::InFlight request, std::vector<journal::Position> positions);
    delivery::Awaitable<Shipment> pack(std::vector<journal::Position> positions);
    delivery::Awaitable<std::string> load(journal::Position position);
    mapping::Result<void> map(std::string_view event, mapping::Mapped& mapped);
    bool follow(delivery::Sender& sender, const delivery::Endpoint& asked, const delivery::Answer& answer,
                const delivery::Verdict& verdict);
    void keep(Shipment& shipment);
    void halve(Shipment& shipment, const delivery::Verdict& verdict);
    void conclude(Shipment& shipment, const delivery::Answer& answer, const delivery::BatchVerdict& verdict);
    void say_trouble(const delivery::Answer& answer, const delivery::Verdict& verdict);
    void settle(journal::Position position, std::size_t bytes, WallTime queued, WallTime now);
    void bury(journal::Position position, std::string_view bytes, const delivery::Answer& answer, Reason reason,
              std::string message, std::uint32_t attempts);
    void bury_unreadable(journal::Position position, std::string bytes);
    void show_accepted(std::span<const journal::Stored> records);
    void show(live::Outcome outcome, std::string_view bytes, const delivery::Answer& answer,
              std::optional<Reason> reason, std::string_view message, std::uint32_t attempts, WallTime now);
    std::optional<schedule::Pause> ongoing_pause() const;
    void pause(schedule::PauseReason reason, std::string message);
    void end_pause();
    void update_pause();
    void update_host();
    void report_changes();

    boost::asio::io_context& io_;
    boost::asio::thread_pool& readers_;
    journal::Journal& journal_;
    live::Feed& feed_;
    const AgeClock& ages_;
    Destination destination_;
    const std::string name_;
    const journal::Log log_;
    std::shared_ptr<delivery::Sender> sender_;
    std::vector<std::weak_ptr<delivery::Sender>> former_;  // of earlier configurations, with requests in flight
    record::FullQueues full_queues_;
    schedule::Scheduler scheduler_;
    schedule::PauseHistory pauses_;  // by the AgeClock
    mapping::Mapper mapper_;
    mapping::Event event_;
    Inbox inbox_;
    Window window_;
    std::vector<journal::Stored> taken_;
    journal::Position next_ = 1;  // the first that was not yet offered to the scheduler
    journal::Position last_ = 0;  // the log's, as far as known
    Timer timer_;
    Timer scan_timer_;
    TimePoint next_scan_;
    TimePoint next_park_;
    std::string operator_message_;  // why an operator paused it; empty: none did
    std::string region_error_;      // why its region is unknown; empty: it is known, or was not asked for yet
    bool running_ = false;
    bool reading_ = false;
    bool scanning_ = false;    // reads skipped records again
    bool scan_waits_ = false;  // for its time
    bool pumping_ = false;     // soon
    bool stopping_ = false;
    int redirects_ = 0;  // in a row

    std::atomic<std::uint64_t> operations_{0};  // requests in flight and reads, which `close` waits for
    RunnerCounts counts_;
    std::atomic<bool> circuit_breaker_open_{false};
    mutable std::mutex status_mutex_;
    std::string host_;
    std::optional<schedule::Pause> paused_;
    std::uint64_t shared_ids_ = 0;
    std::string last_failure_;
    Trouble trouble_;
};

}  // namespace pintle::app
