// Creates and fills topics for the end-to-end tests:
//
//   kafka_topics BROKERS create TOPIC PARTITIONS
//   kafka_topics BROKERS produce            lines of stdin: TOPIC PARTITION KEY VALUE, with tabs; VALUE in hex
//
// `produce` ends once all records are on all replicas. Exit status: 0 success, 1 failure, 2 wrong command line.

#include <array>
#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace {

constexpr int timeout_ms = 60'000;

struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

Owned<rd_kafka_t> connect(const std::string& brokers) {
    std::array<char, 512> message{};
    auto* const configuration = rd_kafka_conf_new();
    const std::array<std::array<const char*, 2>, 3> settings{
        {{"bootstrap.servers", brokers.c_str()}, {"enable.idempotence", "true"}, {"linger.ms", "1"}}};
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(configuration, name, value, message.data(), message.size()) != RD_KAFKA_CONF_OK)
            throw std::runtime_error(message.data());
    }
    Owned<rd_kafka_t> client(rd_kafka_new(RD_KAFKA_PRODUCER, configuration, message.data(), message.size()));
    if (!client) throw std::runtime_error(message.data());
    return client;
}

void create(rd_kafka_t* client, const std::string& name, int partitions) {
    std::array<char, 512> message{};
    const Owned<rd_kafka_NewTopic_t> topic(
        rd_kafka_NewTopic_new(name.c_str(), partitions, -1, message.data(), message.size()));
    if (!topic) throw std::runtime_error(message.data());
    const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
    auto* one = topic.get();
    rd_kafka_CreateTopics(client, &one, 1, nullptr, queue.get());
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), timeout_ms));
    if (!event) throw std::runtime_error("the brokers do not answer");
    if (const auto error = rd_kafka_event_error(event.get())) throw std::runtime_error(rd_kafka_err2str(error));
    std::size_t count = 0;
    const auto* const* const results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (const auto* const result : std::span(results, count)) {
        if (const auto error = rd_kafka_topic_result_error(result)) throw std::runtime_error(rd_kafka_err2str(error));
    }
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (; hex.size() >= 2; hex.remove_prefix(2)) {
        unsigned byte = 0;
        std::from_chars(hex.data(), hex.data() + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

void produce(rd_kafka_t* client, std::istream& lines) {
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string topic;
        std::string partition;
        std::string key;
        std::string hex;
        std::getline(fields, topic, '\t');
        std::getline(fields, partition, '\t');
        std::getline(fields, key, '\t');
        std::getline(fields, hex, '\t');
        std::string value = from_hex(hex);
        auto error = RD_KAFKA_RESP_ERR__QUEUE_FULL;
        while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            error =
                rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(std::stoi(partition)),
                                  RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value.data(), value.size()),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
            if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(client, 10);
        }
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    }
    if (const auto error = rd_kafka_flush(client, timeout_ms)) throw std::runtime_error(rd_kafka_err2str(error));
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments.size() == 4 && arguments[1] == "create") {
            create(connect(arguments[0]).get(), arguments[2], std::stoi(arguments[3]));
        } else if (arguments.size() == 2 && arguments[1] == "produce") {
            produce(connect(arguments[0]).get(), std::cin);
        } else {
            std::cerr << "usage: kafka_topics BROKERS create TOPIC PARTITIONS | kafka_topics BROKERS produce\n";
            return 2;
        }
    } catch (const std::exception& error) {
        std::cerr << "kafka_topics: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
