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

constexpr std::size_t read_records = 1024;
constexpr std::size_t scan_records = 512;  // about what a queue has room for when it is read again
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr std::chrono::milliseconds park_interval{200};
constexpr int park_rarity = 200;                // parking takes no more than this part of a core
constexpr int scan_rarity = 2;                  // a scan rests this many times as long as a step of it takes
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
    policy.allow_same_person = destination.allow_same_person;
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
      pauses_(destination.max_age, journal_.get(pauses_key(destination)).value_or("")),
      mapper_(destination.mapping),
      next_(journal.first_unsettled(log_)),
      last_(journal.last(log_)),
      timer_(io),
      scan_timer_(io),
      operator_message_(journal_.get(operator_message_key(destination)).value_or("")),
      host_(sender_->endpoint().authority()),
      paused_(ongoing_pause()) {
    journal_.subscribe(log_, [this](std::span<journal::Stored> records) {
        show_accepted(records);
        if (inbox_.put(records)) boost::asio::post(io_, [this] { take_inbox(); });
    });
}

Runner::~Runner() = default;

void Runner::start() {
    ++operations_;
    boost::asio::co_spawn(io_, run(), [this](const std::exception_ptr& error) {
        --operations_;
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
    update_host();
    destination_ = std::move(destination);
    redirects_ = 0;
    mapper_ = mapping::Mapper(destination_.mapping);
    pauses_ = schedule::PauseHistory(destination_.max_age, pauses_.encode());
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

std::future<void> Runner::pause_by_operator(std::string message) {
    return boost::asio::post(io_, std::packaged_task<void()>([this, message = std::move(message)]() mutable {
                                 operator_message_ = std::move(message);
                                 journal_.put(operator_message_key(destination_), operator_message_);
                                 report_changes();
                             }));
}

std::future<void> Runner::resume() {
    return boost::asio::post(io_, std::packaged_task<void()>([this] {
                                 operator_message_.clear();
                                 journal_.put(operator_message_key(destination_), operator_message_);
                                 scheduler_.reconfigure(policy(destination_), steady_now());  // has it probed
                                 if (!running_) timer_.cancel();  // it waits to ask for the region
                                 refill();
                                 pump();
                             }));
}

void Runner::wind_down() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        scan_timer_.cancel();
    });
}

void Runner::close() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        scan_timer_.cancel();
        sender_->close();
        for (const auto& each : former_) {
            if (const auto sender = each.lock()) sender->close();
        }
    });
}

void Runner::update_host() {
    const std::lock_guard lock(status_mutex_);
    host_ = sender_->endpoint().authority();
}

RunnerStatus Runner::status() const {
    RunnerStatus status;
    status.circuit_breaker_open = circuit_breaker_open_;
    const std::lock_guard lock(status_mutex_);
    status.connections = sender_->connections();
    status.host = host_;
    status.paused = paused_;
    return status;
}

Awaitable<void> Runner::run() {
    co_await ask_region();
    const auto before = ongoing_pause();  // when the last process ended
    if (before && before->reason == schedule::PauseReason::credentials && operator_message_.empty()) {
        logging::warn("destination_still_paused destination={} reason={} message=\"{}\" since={}", destination_.name,
                      schedule::code_of(before->reason), before->message, to_iso8601(before->since));
        scheduler_.restore_pause(before->message, steady_now());
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

// Reads the next records after `after` and has `handle` have them here. Where the disk fails it is tried again later.
template <class Handle>
void Runner::read(journal::Position after, std::size_t limit, Handle handle) {
    ++operations_;
    boost::asio::post(readers_, [this, after, limit, handle = std::move(handle)]() mutable {
        std::vector<journal::Stored> records;
        std::string fault;
        try {
            records = journal_.read(log_, after, limit, read_bytes);
        } catch (const std::exception& error) {
            fault = error.what();
        }
        boost::asio::post(
            io_, [this, handle = std::move(handle), records = std::move(records), fault = std::move(fault)]() mutable {
                --operations_;
                if (!fault.empty()) {
                    logging::error("journal_read_failed destination={} reason=\"{}\"", destination_.name, fault);
                    wake_at(steady_now() + read_pause);
                }
                handle(std::move(records), fault.empty());
            });
    });
}

void Runner::refill() {
    if (running_ && !stopping_) rescan();
    if (!running_ || reading_ || stopping_ || next_ > last_) return;
    if (window_.full()) park();
    if (window_.full() || scheduler_.full()) return;
    reading_ = true;
    read(next_ - 1, read_records, [this, up_to = last_](std::vector<journal::Stored> records, bool ok) {
        reading_ = false;
        if (ok) refilled(std::move(records), up_to);
    });
}

// Brings skipped records back where there is room for them, for at most a third of the time, so that a long queue that
// is read again and again costs the others little.
void Runner::rescan() {
    if (scanning_ || scan_waits_ || window_.full() || scheduler_.full()) return;
    const auto from = scheduler_.next_scan();
    if (!from) return;
    const auto begin = steady_now();
    if (begin < next_scan_) {
        scan_waits_ = true;
        scan_timer_.expires_at(next_scan_);
        scan_timer_.async_wait([this](boost::system::error_code) {
            scan_waits_ = false;
            refill();
        });
        return;
    }
    scanning_ = true;
    read(*from - 1, scan_records,
         [this, from = *from, begin, last_read = next_ - 1](std::vector<journal::Stored> records, bool ok) {
             if (ok) {
                 rescanned(std::move(records), from, last_read);
                 const auto end = steady_now();
                 next_scan_ = end + scan_rarity * (end - begin);
             } else {
                 next_scan_ = steady_now() + read_pause;
             }
             scanning_ = false;
             refill();
             pump();
         });
}

// `last_read`: the last record that was admitted or skipped when the read began, which may not have seen later ones.
void Runner::rescanned(std::vector<journal::Stored> records, journal::Position from, journal::Position last_read) {
    journal::Position seen = records.empty() ? std::max(from, last_read) : from;
    for (auto& stored : records) {
        seen = std::min(stored.position, next_ - 1);
        if (stored.position >= next_) break;
        const auto record = record::decode(stored.bytes);
        if (!record) continue;
        const schedule::Entry entry{stored.position, record->keys};
        scheduler_.set_scarce(!window_.has_room_for_blocked());
        store(std::move(stored), entry, scheduler_.readmit(entry));
    }
    scheduler_.scanned(seen, next_ - 1);
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
    scheduler_.set_scarce(!window_.has_room_for_blocked());
    store(std::move(stored), entry, scheduler_.admit(entry));
}

// Keeps the bytes of a record that the scheduler took.
void Runner::store(journal::Stored stored, const schedule::Entry& entry, schedule::Admission admission) {
    using schedule::Admission;
    if (admission == Admission::skipped || admission == Admission::known || scheduler_.backing_off(entry)) return;
    window_.put(stored.position, std::move(stored.bytes), admission == Admission::blocked);
}

void Runner::limit_queues(std::uint64_t max) {
    boost::asio::post(io_, [this, max] { scheduler_.watch_queues(full_queues_, max); });
}

void Runner::pump() {
    while (running_ && !stopping_ && operator_message_.empty()) {
        // A disk that cannot keep up with the deliveries: what a crash would send once more has a bound.
        if (journal_.unwritten(log_) >= max_unwritten) {
            wake_at(steady_now() + unwritten_pause);
            break;
        }
        const Step step = scheduler_.next(steady_now());
        if (step.what == Step::What::wait) wake_at(step.until);
        if (step.what != Step::What::send) break;
        ++operations_;
        auto positions = scheduler_.gather(step.position);
        boost::asio::co_spawn(io_, deliver(step.request, std::move(positions)),
                              [this](const std::exception_ptr& error) {
                                  --operations_;
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
