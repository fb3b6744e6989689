#include "app/runner.hpp"

#include <random>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>

#include "pintle/logging/logging.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

using delivery::Awaitable;
using schedule::Step;

constexpr std::size_t read_records = 512;
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr std::chrono::milliseconds park_interval{200};
constexpr int park_rarity = 200;                // parking takes no more than this part of a core
constexpr std::uint64_t max_unwritten = 5'000;  // settled records
constexpr std::chrono::milliseconds unwritten_pause{5};

delivery::SenderOptions sender_options(const Destination& destination) {
    delivery::SenderOptions options;
    options.endpoint = destination.endpoint();
    options.site_id = destination.site_id;
    options.api_key = destination.api_key;
    options.ca_file = destination.ca_file;
    options.user_agent = "pintle/" PINTLE_VERSION;
    options.connections = destination.connections;
    options.connect_timeout = destination.connect_timeout;
    options.request_timeout = destination.request_timeout;
    options.idle_timeout = destination.idle_timeout;
    return options;
}

schedule::Policy policy(const Destination& destination) {
    schedule::Policy policy;
    policy.rate = destination.rate;
    policy.connections = destination.connections;
    policy.initial_backoff = destination.initial_backoff;
    policy.max_backoff = destination.max_backoff;
    policy.max_age = destination.max_age;
    policy.probe_interval = destination.probe_interval;
    if (destination.mapping.api_version == mapping::ApiVersion::v2) policy.max_items = destination.max_items;
    policy.linger = destination.linger;
    policy.same_lane = destination.same_lane;
    return policy;
}

}  // namespace

Runner::Runner(boost::asio::io_context& io, boost::asio::thread_pool& readers, journal::Journal& journal,
               live::Feed& feed, const AgeClock& ages, const Destination& destination)
    : io_(io),
      readers_(readers),
      journal_(journal),
      feed_(feed),
      ages_(ages),
      destination_(destination),
      name_(destination.name),
      log_(journal.open_log(destination.name)),
      sender_(connect(destination)),
      scheduler_(policy(destination), std::random_device{}()),
      holds_(destination.max_age, journal_.get(holds_fact(destination)).value_or("")),
      mapper_(destination.mapping),
      next_(journal.first_unsettled(log_)),
      last_(journal.last(log_)),
      timer_(io),
      by_hand_(journal_.get(by_hand_fact(destination)).value_or("")),
      held_(ongoing_hold()) {
    journal_.subscribe(log_, [this](std::span<journal::Stored> records) {
        show_accepted(records);
        if (inbox_.put(records)) boost::asio::post(io_, [this] { take_inbox(); });
    });
}

Runner::~Runner() = default;

void Runner::start() {
    ++under_way_;
    boost::asio::co_spawn(io_, run(), [this](const std::exception_ptr& error) {
        --under_way_;
        if (error) std::rethrow_exception(error);
    });
}

std::shared_ptr<delivery::Sender> Runner::connect(const Destination& destination) {
    return std::make_shared<delivery::Sender>(io_, sender_options(destination));
}

void Runner::reconfigure(Destination destination, std::shared_ptr<delivery::Sender> sender) {
    boost::asio::post(io_, [this, destination = std::move(destination), sender = std::move(sender)]() mutable {
        if (!stopping_) adopt(std::move(destination), std::move(sender));
    });
}

void Runner::adopt(Destination destination, std::shared_ptr<delivery::Sender> sender) {
    std::erase_if(former_, [](const auto& each) { return each.expired(); });
    former_.emplace_back(sender_);
    {
        const std::lock_guard lock(status_mutex_);
        sender_.swap(sender);
    }
    destination_ = std::move(destination);
    redirects_ = 0;
    mapper_ = mapping::Mapper(destination_.mapping);
    holds_ = schedule::HoldHistory(destination_.max_age, holds_.encode());
    scheduler_.reconfigure(policy(destination_), steady_now());
    if (!running_) {  // it waits to ask for the region
        timer_.cancel();
        return;
    }
    if (destination_.region == Region::autodetect) {
        running_ = false;
        start();
        return;
    }
    refill();
    pump();
}

std::future<void> Runner::hold_by_hand(std::string reason) {
    return boost::asio::post(io_, std::packaged_task<void()>([this, reason = std::move(reason)]() mutable {
                                 by_hand_ = std::move(reason);
                                 journal_.put(by_hand_fact(destination_), by_hand_);
                                 report_changes();
                             }));
}

std::future<void> Runner::release() {
    return boost::asio::post(io_, std::packaged_task<void()>([this] {
                                 by_hand_.clear();
                                 journal_.put(by_hand_fact(destination_), by_hand_);
                                 scheduler_.reconfigure(policy(destination_), steady_now());  // has it probed
                                 refill();
                                 pump();
                             }));
}

void Runner::wind_down() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
    });
}

void Runner::close() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        sender_->close();
        for (const auto& each : former_) {
            if (const auto sender = each.lock()) sender->close();
        }
    });
}

RunnerStatus Runner::status() const {
    RunnerStatus status;
    status.under_way = under_way_;
    status.backing_off = failing_;
    const std::lock_guard lock(status_mutex_);
    status.connections = sender_->connections();
    status.held = held_;
    status.by_hand = held_ && held_by_hand_;
    return status;
}

Awaitable<void> Runner::run() {
    co_await ask_region();
    if (const auto held = ongoing_hold(); held && by_hand_.empty()) {
        logging::warn("destination_still_held destination={} reason=\"{}\" since={}", destination_.name, held->reason,
                      to_iso8601(held->since));
        scheduler_.resume_hold(held->reason, steady_now());
    }
    running_ = true;
    refill();
    pump();
}

void Runner::take_inbox() {
    inbox_.take(taken_, last_);
    for (auto& record : taken_) {
        if (window_.full() || scheduler_.full()) break;
        if (record.position == next_ && running_) admit(std::move(record));
    }
    refill();
    pump();
}

void Runner::refill() {
    if (!running_ || reading_ || stopping_ || next_ > last_) return;
    if (window_.full()) park();
    if (window_.full() || scheduler_.full()) return;
    reading_ = true;
    ++under_way_;
    boost::asio::post(readers_, [this, after = next_ - 1, up_to = last_] {
        std::vector<journal::Stored> records;
        std::string fault;
        try {
            records = journal_.read(log_, after, read_records, read_bytes);
        } catch (const std::exception& error) {
            fault = error.what();
        }
        boost::asio::post(io_, [this, records = std::move(records), fault = std::move(fault), up_to]() mutable {
            --under_way_;
            reading_ = false;
            if (!fault.empty()) {
                logging::error("journal_read_failed destination={} reason=\"{}\"", destination_.name, fault);
                wake_at(steady_now() + read_pause);
                return;
            }
            refilled(std::move(records), up_to);
        });
    });
}

// Looks at the whole window, so not at every occasion.
void Runner::park() {
    const auto begin = steady_now();
    if (begin < next_park_) return;
    window_.park([this](journal::Position position, const std::string& bytes) {
        const auto record = record::decode(bytes);
        return record && scheduler_.backing_off({position, record->keys});
    });
    const auto end = steady_now();
    next_park_ = end + std::max<TimePoint::duration>(park_interval, park_rarity * (end - begin));
}

void Runner::refilled(std::vector<journal::Stored> records, journal::Position up_to) {
    if (records.empty()) next_ = std::max(next_, up_to + 1);  // all of them were settled
    for (auto& record : records) admit(std::move(record));
    refill();
    pump();
}

void Runner::admit(journal::Stored stored) {
    next_ = stored.position + 1;
    const auto record = record::decode(stored.bytes);
    if (!record) {
        bury_unreadable(stored.position, std::move(stored.bytes));
        return;
    }
    const schedule::Entry entry{stored.position, record->keys};
    scheduler_.admit(entry);
    if (!scheduler_.backing_off(entry)) window_.put(stored.position, std::move(stored.bytes));
}

void Runner::pump() {
    while (running_ && !stopping_ && by_hand_.empty()) {
        // A disk that cannot keep up with the deliveries: what a crash would send once more has a bound.
        if (journal_.unwritten(log_) >= max_unwritten) {
            wake_at(steady_now() + unwritten_pause);
            break;
        }
        const Step step = scheduler_.next(steady_now());
        if (step.what == Step::What::wait) wake_at(step.until);
        if (step.what != Step::What::send) break;
        ++under_way_;
        auto positions = scheduler_.gather(step.position);
        boost::asio::co_spawn(io_, deliver(step.request, std::move(positions)),
                              [this](const std::exception_ptr& error) {
                                  --under_way_;
                                  if (error) std::rethrow_exception(error);
                                  pump_soon();
                              });
    }
    report_changes();
}

// Behind all answers that are here already, so that what takes their places is sent in one go.
void Runner::pump_soon() {
    if (std::exchange(pumping_, true)) return;
    boost::asio::post(io_, [this] {
        pumping_ = false;
        refill();
        pump();
    });
}

void Runner::wake_at(TimePoint when) {
    timer_.expires_at(when);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        refill();
        pump();
    });
}

}  // namespace pintle::app
