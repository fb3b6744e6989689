#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

struct KafkaJournalOptions {
    std::vector<std::pair<std::string, std::string>> settings;  // librdkafka's by name; bootstrap.servers is required
    std::string topic_prefix = "pintle";
    bool create_topics = true;                           // those that do not exist; otherwise that is an error
    int replication_factor = 3;                          // of new topics; others must have at least as many replicas
    std::uint64_t max_size = 20ULL << 30U;               // bytes of events; over it appends are rejected
    std::uint64_t max_dead_letters = 1ULL << 30U;        // bytes of one stream's; the oldest go first
    std::chrono::milliseconds dedupe_window{3'600'000};  // 0: the same message id is delivered again
    std::string node_name;                               // for people
    std::chrono::milliseconds open_timeout{30'000};      // of the opening and of each change of streams
};

// A journal that several processes share: one total order a stream, in a topic of Apache Kafka with one partition. All
// take records; of each stream one process at a time is the owner, which reads and acks them. Throws
// std::runtime_error with a message for people where no broker can be reached, a topic is missing, or the settings of
// a topic would lose events.
std::unique_ptr<Journal> open_kafka_journal(const KafkaJournalOptions& options);

// What `open_kafka_journal` would find with streams of these names, without creating anything.
struct KafkaJournalCheck {
    std::vector<std::string> problems;  // why the opening would fail, for people; empty: it would not
    std::vector<std::string> missing;   // topics that it would create
};

// Blocks for `open_timeout` a topic at most. Throws std::runtime_error with a message for people where no broker can be
// asked.
KafkaJournalCheck check_kafka_journal(const KafkaJournalOptions& options, const std::vector<std::string>& streams);

}  // namespace pintle::journal
