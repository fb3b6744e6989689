#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace pintle::kafka_source {

// Brokers that librdkafka itself plays, in this process.
class MockCluster {
public:
    MockCluster() {
        std::array<char, 512> message{};
        host_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), message.data(), message.size());
        if (host_ == nullptr) throw std::runtime_error(message.data());
        cluster_ = rd_kafka_mock_cluster_new(host_, 1);
        auto* const configuration = rd_kafka_conf_new();
        rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap().c_str(), message.data(), message.size());
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, message.data(), message.size());
        if (producer_ == nullptr) throw std::runtime_error(message.data());
    }
    ~MockCluster() {
        rd_kafka_destroy(producer_);
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(host_);
    }
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;

    std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }

    void create(const std::string& topic, int partitions) {
        rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
    }

    // Appends records, and waits until all are there.
    void produce(const std::string& topic, std::int32_t partition, const std::vector<std::string>& values) {
        for (const auto& value : values) {
            // The bytes are copied, not changed.
            auto* const bytes = const_cast<char*>(value.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
            const auto error = rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()),
                                                 RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(bytes, value.size()),
                                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
        }
        if (const auto error = rd_kafka_flush(producer_, 30'000)) throw std::runtime_error(rd_kafka_err2str(error));
    }

private:
    rd_kafka_t* host_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
    rd_kafka_t* producer_ = nullptr;
};

}  // namespace pintle::kafka_source
