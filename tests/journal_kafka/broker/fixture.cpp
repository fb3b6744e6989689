#include "broker/fixture.hpp"

#include <cctype>
#include <future>
#include <utility>

#include "broker/broker.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::journal::kafka {

using namespace std::chrono_literals;

namespace {

constexpr auto limit = 60s;

}  // namespace

const OwnershipTiming KafkaJournalTest::fast{.lease = 700ms, .claim_after = 1000ms, .heartbeat = 150ms};

bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

std::string record_of(std::string_view text, std::string_view message) {
    Record record;
    record.source = "app";
    record.destination = "customerio";
    record.received = wall_now();
    record.message = message_hash("app", message);
    record.event = text;
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

std::string text_of(std::string_view record) {
    const auto decoded = decode(record);
    return decoded ? std::string(decoded->event) : "undecodable: " + std::string(record);
}

// ---- Worker ----

Worker::Worker(Journal& journal, Stream stream, Deliver deliver)
    : journal_(journal), stream_(stream), deliver_(std::move(deliver)) {
    journal_.subscribe(stream_, [this](std::span<StoredRecord> records) {
        const MutexLock lock(mutex_);
        for (const auto& record : records) committed_.push_back(text_of(record.bytes));
        wake_.notify_one();
    });
    thread_ = std::thread([this] { run(); });
    journal_.subscribe_ownership(stream_, [this](OwnershipChange changed) { change(changed); });
}

Worker::~Worker() {
    journal_.subscribe_ownership(stream_, {});
    journal_.subscribe(stream_, {});
    stopping_ = true;
    wake_.notify_one();
    thread_.join();
}

void Worker::change(OwnershipChange change) {
    const MutexLock lock(mutex_);
    owns_ = change == OwnershipChange::began;
    if (owns_) ++ownerships_;
    next_ = 0;
    wake_.notify_one();
}

void Worker::run() {
    while (!stopping_) {
        deliver_pending();
        const MutexLock lock(mutex_);
        if (!stopping_) wake_.wait_until(mutex_, std::chrono::steady_clock::now() + 5ms);
    }
}

void Worker::deliver_pending() {
    while (owns_ && !stopping_) {
        Offset next = 0;
        const auto ownership = ownerships_.load();
        {
            const MutexLock lock(mutex_);
            next = std::max(next_, journal_.first_pending(stream_));
        }
        const auto records = journal_.read(stream_, next - 1, 1000, 1 << 20);
        if (records.empty()) return;
        for (const auto& record : records) {
            if (!journal_.may_send(stream_)) return;
            const auto text = text_of(record.bytes);
            if (deliver_(text)) {
                journal_.ack(stream_, record.offset);
            } else {
                DeadLetter letter;
                letter.source = "app";
                letter.destination = "customerio";
                letter.event = text;
                letter.message = "rejected";
                journal_.dead_letter(stream_, record.offset, std::move(letter));
            }
            const MutexLock lock(mutex_);
            if (ownership != ownerships_) break;
            next_ = record.offset + 1;
        }
    }
}

std::vector<std::string> Worker::committed() const {
    const MutexLock lock(mutex_);
    return committed_;
}

// ---- Deliveries ----

void Deliveries::add(const std::string& text) {
    const MutexLock lock(mutex_);
    texts_.push_back(text);
}

Worker::Deliver Deliveries::all() {
    return [this](const std::string& text) {
        add(text);
        return true;
    };
}

std::vector<std::string> Deliveries::texts() const {
    const MutexLock lock(mutex_);
    return texts_;
}

std::size_t Deliveries::size() const {
    const MutexLock lock(mutex_);
    return texts_.size();
}

// ---- KafkaJournalTest ----

KafkaJournalOptions KafkaJournalTest::options() const {
    KafkaJournalOptions options;
    options.settings = {{"bootstrap.servers", pintle::kafka::test_broker().bootstrap()}};
    options.topic_prefix = testing::UnitTest::GetInstance()->current_test_info()->name();
    options.replication_factor = 1;
    return options;
}

std::unique_ptr<KafkaJournal> KafkaJournalTest::open(const OwnershipTiming& timing) const {
    return open(options(), timing);
}

std::unique_ptr<KafkaJournal> KafkaJournalTest::open(const KafkaJournalOptions& options,
                                                     const OwnershipTiming& timing) const {
    return std::make_unique<KafkaJournal>(options, timing);
}

boost::system::error_code KafkaJournalTest::append(Journal& journal, WriteBatch batch) {
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto outcome = promise->get_future();
    journal.append(std::move(batch), [promise](boost::system::error_code error) { promise->set_value(error); });
    if (outcome.wait_for(limit) != std::future_status::ready) {
        ADD_FAILURE() << "an append has no answer";
        return make_error_code(boost::system::errc::timed_out);
    }
    return outcome.get();
}

boost::system::error_code KafkaJournalTest::append(Journal& journal, Stream stream, std::string_view text) {
    WriteBatch batch;
    batch.records.push_back({stream, record_of(text, text)});
    return append(journal, std::move(batch));
}

// The texts end in 0, 1, 2, ...
void KafkaJournalTest::append_all(Journal& journal, Stream stream, std::string_view prefix, int count) {
    for (int from = 0; from < count; from += 1000) {
        WriteBatch batch;
        for (int i = from; i < std::min(count, from + 1000); ++i) {
            const auto text = std::string(prefix) + std::to_string(i);
            batch.records.push_back({stream, record_of(text, text)});
        }
        // As ingest does: while the broker stands still nothing is appended.
        ASSERT_TRUE(eventually([&] { return journal.has_room(stream); }));
        const auto error = append(journal, std::move(batch));
        ASSERT_FALSE(error) << error.message();
    }
}

bool KafkaJournalTest::is_balanced(const Ledger& ledger) {
    return ledger.total() == ledger.resolved() + ledger.backlog &&
           ledger.dead_lettered == ledger.retained + ledger.replayed_out + ledger.purged + ledger.evicted;
}

}  // namespace pintle::journal::kafka
