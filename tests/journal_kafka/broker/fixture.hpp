#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <boost/system/error_code.hpp>

#include "kafka/kafka_journal.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/kafka_journal.hpp"

namespace pintle::journal::kafka {

// Returns false if that takes too long. Tests fail then; none waits for it to pass.
bool eventually(const std::function<bool()>& condition);

// A record whose event is `text` and whose message id is `message`.
std::string record_of(std::string_view text, std::string_view message);
// The text of a record.
std::string text_of(std::string_view record);

// Delivers a stream while its process owns it, as a DestinationWorker does: it reads, sends while it may, and acks.
class Worker {
public:
    // Whether the event is delivered; otherwise it becomes a dead letter.
    using Deliver = std::function<bool(const std::string& text)>;

    Worker(Journal& journal, Stream stream, Deliver deliver);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    bool owns() const { return owns_; }
    std::uint64_t ownerships() const { return ownerships_; }
    std::vector<std::string> committed() const;  // by the listener

private:
    void change(OwnershipChange change);
    void run();
    void deliver_pending();

    Journal& journal_;
    Stream stream_;
    Deliver deliver_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> owns_{false};
    std::atomic<std::uint64_t> ownerships_{0};
    mutable Mutex mutex_;
    ConditionVariable wake_;
    Offset next_ GUARDED_BY(mutex_) = 0;
    std::vector<std::string> committed_ GUARDED_BY(mutex_);
    std::thread thread_;
};

// What was delivered, in order.
class Deliveries {
public:
    void add(const std::string& text);
    Worker::Deliver all();  // delivers and adds each event; must not outlive this
    std::vector<std::string> texts() const;
    std::size_t size() const;

private:
    mutable Mutex mutex_;
    std::vector<std::string> texts_ GUARDED_BY(mutex_);
};

class KafkaJournalTest : public testing::Test {
protected:
    KafkaJournalOptions options() const;
    std::unique_ptr<KafkaJournal> open(const OwnershipTiming& timing = fast) const;
    std::unique_ptr<KafkaJournal> open(const KafkaJournalOptions& options, const OwnershipTiming& timing = fast) const;

    // Appends an event and waits for the acknowledgement.
    static boost::system::error_code append(Journal& journal, Stream stream, std::string_view text);
    static boost::system::error_code append(Journal& journal, WriteBatch batch);
    static void append_all(Journal& journal, Stream stream, std::string_view prefix, int count);
    static bool is_balanced(const Ledger& ledger);

    // A take-over takes less than a second with it, which a test can wait for.
    static const OwnershipTiming fast;
};

}  // namespace pintle::journal::kafka
