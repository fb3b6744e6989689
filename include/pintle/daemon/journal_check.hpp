#pragma once

#include <chrono>

#include "pintle/config/config.hpp"
#include "pintle/journal/kafka_journal.hpp"

namespace pintle::daemon {

// Whether a daemon with that configuration, whose journal is on Kafka, could open it. As journal::check_kafka_journal.
journal::KafkaJournalCheck check_journal(const config::Config& config, std::chrono::milliseconds timeout);

}  // namespace pintle::daemon
