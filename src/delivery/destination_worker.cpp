#include "pintle/delivery/destination_worker.hpp"

#include <random>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/time.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::delivery {
namespace {

constexpr std::size_t read_records = 1024;
constexpr std::size_t scan_records = 512;  // about what a queue has room for when it is read again
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr std::chrono::milliseconds evict_interval{200};
constexpr int evict_rarity = 200;                    // parking takes no more than this part of a core
constexpr int scan_rarity = 2;                       // a scan rests this many times as long as a step of it takes
constexpr std::uint64_t max_unwritten_acks = 5'000;  // settled records
constexpr std::chrono::milliseconds unwritten_acks_pause{5};

http::client::HttpClientOptions sender_options(const config::Destination& destination) {
    http::client::HttpClientOptions options;
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

Policy policy(const config::Destination& destination) {
    Policy policy;
    policy.rate = destination.rate;
    policy.connections = destination.connections;
    policy.initial_backoff = destination.initial_backoff;
    policy.max_backoff = destination.max_backoff;
    policy.max_age = destination.max_age;
    policy.probe_interval = destination.probe_interval;
    if (destination.mapping.api_version == customerio::ApiVersion::v2) policy.max_items = destination.max_items;
    policy.linger = destination.linger;
    policy.allow_same_person = destination.allow_same_person;
    return policy;
}

}  // namespace

DestinationWorker::DestinationWorker(boost::asio::io_context& io, boost::asio::thread_pool& readers,
                                     journal::Journal& journal, events::EventStream& events, const AgeClock& ages,
                                     const config::Destination& destination)
    : io_(io),
      readers_(readers),
      journal_(journal),
      events_(events),
      ages_(ages),
      destination_(destination),
      name_(destination.name),
      stream_(journal.create_or_open_stream(destination.name)),
      client_(connect(destination)),
      scheduler_(policy(destination), std::random_device{}()),
      pauses_(destination.max_age, journal_.get(pauses_key(destination)).value_or("")),
      mapper_(destination.mapping),
      next_(journal.first_pending(stream_)),
      last_(journal.last(stream_)),
      timer_(io),
      scan_timer_(io),
      operator_message_(journal_.get(operator_message_key(destination)).value_or("")),
      host_(client_->endpoint().authority()),
      paused_(ongoing_pause()) {
    journal_.subscribe(stream_, [this](std::span<journal::StoredRecord> records) {
        record_accepted(records);
        if (commit_queue_.put(records)) boost::asio::post(io_, [this] { take_committed(); });
    });
}

DestinationWorker::~DestinationWorker() = default;

void DestinationWorker::start() {
    ++operations_;
    boost::asio::co_spawn(io_, run(), [this](const std::exception_ptr& error) {
        --operations_;
        if (error) std::rethrow_exception(error);
    });
}

std::shared_ptr<http::client::HttpClient> DestinationWorker::connect(const config::Destination& destination) {
    return std::make_shared<http::client::HttpClient>(io_, sender_options(destination));
}

void DestinationWorker::reconfigure(config::Destination destination, std::shared_ptr<http::client::HttpClient> client) {
    boost::asio::post(io_, [this, destination = std::move(destination), client = std::move(client)]() mutable {
        if (!stopping_) adopt(std::move(destination), std::move(client));
    });
}

void DestinationWorker::adopt(config::Destination destination, std::shared_ptr<http::client::HttpClient> client) {
    std::erase_if(former_, [](const auto& each) { return each.expired(); });
    former_.emplace_back(client_);
    {
        const MutexLock lock(status_mutex_);
        client_.swap(client);
    }
    update_host();
    destination_ = std::move(destination);
    redirects_ = 0;
    mapper_ = customerio::Mapper(destination_.mapping);
    pauses_ = PauseHistory(destination_.max_age, pauses_.encode());
    scheduler_.reconfigure(policy(destination_), steady_now());
    if (!running_) {  // it waits to ask for the region
        timer_.cancel();
        return;
    }
    if (destination_.region == config::Region::autodetect) {
        running_ = false;
        start();
        return;
    }
    refill();
    dispatch();
}

std::future<void> DestinationWorker::pause_by_operator(std::string message) {
    return boost::asio::post(io_, std::packaged_task<void()>([this, message = std::move(message)]() mutable {
                                 operator_message_ = std::move(message);
                                 journal_.put(operator_message_key(destination_), operator_message_);
                                 report_changes();
                             }));
}

std::future<void> DestinationWorker::resume() {
    return boost::asio::post(io_, std::packaged_task<void()>([this] {
                                 operator_message_.clear();
                                 journal_.put(operator_message_key(destination_), operator_message_);
                                 scheduler_.reconfigure(policy(destination_), steady_now());  // has it probed
                                 if (!running_) timer_.cancel();  // it waits to ask for the region
                                 refill();
                                 dispatch();
                             }));
}

void DestinationWorker::stop_dispatch() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        scan_timer_.cancel();
    });
}

void DestinationWorker::close() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        scan_timer_.cancel();
        client_->close();
        for (const auto& each : former_) {
            if (const auto client = each.lock()) client->close();
        }
    });
}

void DestinationWorker::update_host() {
    const MutexLock lock(status_mutex_);
    host_ = client_->endpoint().authority();
}

WorkerStatus DestinationWorker::status() const {
    WorkerStatus status;
    status.circuit_breaker_open = circuit_breaker_open_;
    const MutexLock lock(status_mutex_);
    status.connections = client_->connections();
    status.host = host_;
    status.paused = paused_;
    return status;
}

Awaitable<void> DestinationWorker::run() {
    co_await ask_region();
    const auto before = ongoing_pause();  // when the last process ended
    if (before && before->reason == PauseReason::credentials && operator_message_.empty()) {
        logging::warn("destination_still_paused destination={} reason={} message=\"{}\" since={}", destination_.name,
                      code_of(before->reason), before->message, to_iso8601(before->since));
        scheduler_.restore_pause(before->message, steady_now());
    }
    running_ = true;
    refill();
    dispatch();
}

void DestinationWorker::take_committed() {
    commit_queue_.take(taken_, last_);
    for (auto& record : taken_) {
        if (payloads_.full() || scheduler_.full()) break;
        if (record.offset == next_ && running_) enqueue(std::move(record));
    }
    refill();
    dispatch();
}

// Reads the next records after `after` and has `handle` have them here. Where the disk fails it is tried again later.
template <class Handle>
void DestinationWorker::read(journal::Offset after, std::size_t limit, Handle handle) {
    ++operations_;
    boost::asio::post(readers_, [this, after, limit, handle = std::move(handle)]() mutable {
        std::vector<journal::StoredRecord> records;
        std::string fault;
        try {
            records = journal_.read(stream_, after, limit, read_bytes);
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

void DestinationWorker::refill() {
    if (running_ && !stopping_) rescan();
    if (!running_ || reading_ || stopping_ || next_ > last_) return;
    if (payloads_.full()) evict();
    if (payloads_.full() || scheduler_.full()) return;
    reading_ = true;
    read(next_ - 1, read_records, [this, up_to = last_](std::vector<journal::StoredRecord> records, bool ok) {
        reading_ = false;
        if (ok) refilled(std::move(records), up_to);
    });
}

// Brings skipped records back where there is room for them, for at most a third of the time, so that a long queue that
// is read again and again costs the others little.
void DestinationWorker::rescan() {
    if (scanning_ || scan_waits_ || payloads_.full() || scheduler_.full()) return;
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
         [this, from = *from, begin, last_read = next_ - 1](std::vector<journal::StoredRecord> records, bool ok) {
             if (ok) {
                 rescanned(std::move(records), from, last_read);
                 const auto end = steady_now();
                 next_scan_ = end + scan_rarity * (end - begin);
             } else {
                 next_scan_ = steady_now() + read_pause;
             }
             scanning_ = false;
             refill();
             dispatch();
         });
}

// `last_read`: the last record that was admitted or skipped when the read began, which may not have seen later ones.
void DestinationWorker::rescanned(std::vector<journal::StoredRecord> records, journal::Offset from,
                                  journal::Offset last_read) {
    journal::Offset seen = records.empty() ? std::max(from, last_read) : from;
    for (auto& stored : records) {
        seen = std::min(stored.offset, next_ - 1);
        if (stored.offset >= next_) break;
        const auto record = journal::decode(stored.bytes);
        if (!record) continue;
        const Entry entry{stored.offset, record->keys};
        scheduler_.set_scarce(!payloads_.has_room_for_blocked());
        store(std::move(stored), entry, scheduler_.enqueue_again(entry));
    }
    scheduler_.scanned(seen, next_ - 1);
}

// Looks at the whole window, so not at every occasion.
void DestinationWorker::evict() {
    const auto begin = steady_now();
    if (begin < next_evict_) return;
    payloads_.evict([this](journal::Offset offset, const std::string& bytes) {
        const auto record = journal::decode(bytes);
        return record && scheduler_.backing_off({offset, record->keys});
    });
    const auto end = steady_now();
    next_evict_ = end + std::max<TimePoint::duration>(evict_interval, evict_rarity * (end - begin));
}

void DestinationWorker::refilled(std::vector<journal::StoredRecord> records, journal::Offset up_to) {
    if (records.empty()) next_ = std::max(next_, up_to + 1);  // all of them were settled
    for (auto& record : records) enqueue(std::move(record));
    refill();
    dispatch();
}

void DestinationWorker::enqueue(journal::StoredRecord stored) {
    next_ = stored.offset + 1;
    const auto record = journal::decode(stored.bytes);
    if (!record) {
        dead_letter_unreadable(stored.offset, std::move(stored.bytes));
        return;
    }
    const Entry entry{stored.offset, record->keys};
    scheduler_.set_scarce(!payloads_.has_room_for_blocked());
    store(std::move(stored), entry, scheduler_.enqueue(entry));
}

// Keeps the bytes of a record that the scheduler took.
void DestinationWorker::store(journal::StoredRecord stored, const Entry& entry, Enqueued enqueued) {
    if (enqueued == Enqueued::skipped || enqueued == Enqueued::known || scheduler_.backing_off(entry)) return;
    payloads_.put(stored.offset, std::move(stored.bytes), enqueued == Enqueued::blocked);
}

void DestinationWorker::limit_queues(std::uint64_t max) {
    boost::asio::post(io_, [this, max] { scheduler_.watch_queues(full_queues_, max); });
}

void DestinationWorker::dispatch() {
    while (running_ && !stopping_ && operator_message_.empty()) {
        // A disk that cannot keep up with the deliveries: what a crash would send once more has a bound.
        if (journal_.unwritten_acks(stream_) >= max_unwritten_acks) {
            wake_at(steady_now() + unwritten_acks_pause);
            break;
        }
        const Step step = scheduler_.next(steady_now());
        if (step.action == Step::Action::wait) wake_at(step.until);
        if (step.action != Step::Action::send) break;
        ++operations_;
        auto offsets = scheduler_.build_batch(step.offset);
        boost::asio::co_spawn(io_, deliver(step.request, std::move(offsets)), [this](const std::exception_ptr& error) {
            --operations_;
            if (error) std::rethrow_exception(error);
            dispatch_soon();
        });
    }
    report_changes();
}

// Behind all answers that are here already, so that what takes their places is sent in one go.
void DestinationWorker::dispatch_soon() {
    if (std::exchange(dispatching_, true)) return;
    boost::asio::post(io_, [this] {
        dispatching_ = false;
        refill();
        dispatch();
    });
}

void DestinationWorker::wake_at(TimePoint when) {
    timer_.expires_at(when);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        refill();
        dispatch();
    });
}

}  // namespace pintle::delivery
