#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include <librdkafka/rdkafka.h>

#include "pintle/kafka/client.hpp"

namespace pintle::kafka {

using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;
using Error = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;

inline constexpr std::size_t max_events = 100;  // that one turn takes, so that others of the io_context come in between

// What all clients have, then `role`, then `settings`. Throws std::runtime_error with a message for people if one is
// wrong.
Configuration configure(const Settings& role, const Settings& settings);

// Throws std::runtime_error if the settings contradict each other.
rd_kafka_t* create(rd_kafka_type_t type, Configuration configuration);

// Ends a consumer that is in no group that it would have to leave. Blocks for at most `limit`, as librdkafka 2.0.2 can
// wait forever for a consumer whose topic was deleted. Such a consumer is left to the end of the process.
void destroy_consumer(rd_kafka_t* consumer, std::chrono::milliseconds limit);

}  // namespace pintle::kafka
