#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "pintle/ingest/ingest.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/kafka_source/status.hpp"

namespace pintle::kafka_source {

struct Options {
    std::string source;        // of the Ingest
    kafka::Settings settings;  // of librdkafka
    std::string group;
    std::vector<std::string> topics;
};

// Reads the topics of one source into Ingest, as a member of a consumer group. Partitions are independent; each keeps
// its order. An offset is committed after all records before it are on disk, so that a crash makes some of them come
// again, which `messageId` reveals. While the journal has no room, it reads nothing and stays in the group.
class TopicReader {
public:
    // `io` and `ingest` must outlive it.
    TopicReader(boost::asio::io_context& io, ingest::Ingest& ingest, Options options);
    // Only after `is_stopped`, or when the io_context does not run any more.
    ~TopicReader();
    TopicReader(const TopicReader&) = delete;
    TopicReader& operator=(const TopicReader&) = delete;

    // The following may be called on any thread, the first two once.
    void start();
    void stop();  // commits what is on disk and leaves the group, for about five seconds at most
    bool is_stopped() const;
    ReaderStatus status() const;

private:
    class Reading;
    std::unique_ptr<Reading> reading_;
};

}  // namespace pintle::kafka_source
