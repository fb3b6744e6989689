// librdkafka alone: appends records to a new topic with one partition, each acknowledged by all in-sync replicas, with
// the settings of pintle's journal and nothing around it.
// usage: append_to_kafka BROKERS TOPIC REPLICAS FILE COUNT RATE
// FILE has a record a line; they are repeated. RATE: records a second; 0: as fast as they are acknowledged, with at
// most 10,000 unacknowledged. Prints {"records_per_second": ..., "p50_ms": ..., "p99_ms": ..., "cpu_us": ...}: from the
// append to its acknowledgement, and of a record.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <nlohmann/json.hpp>

#include "cpu_seconds.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_unacknowledged = 10'000;
constexpr int timeout_ms = 30'000;

struct Appends {
    std::vector<Clock::time_point> begun;
    std::vector<double> latencies_ms;  // of those that are acknowledged
    std::atomic<std::size_t> acknowledged = 0;
    std::atomic<bool> has_failed = false;
};

void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
    auto& appends = *static_cast<Appends*>(opaque);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) appends.has_failed = true;
    const auto& begun = *static_cast<const Clock::time_point*>(message->_private);
    const std::chrono::duration<double, std::milli> latency = Clock::now() - begun;
    appends.latencies_ms.push_back(latency.count());
    ++appends.acknowledged;
}

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

Client make_producer(const std::string& brokers, Appends& appends) {
    std::array<char, 512> reason{};
    auto* configuration = rd_kafka_conf_new();
    const std::vector<std::pair<std::string, std::string>> settings{{"bootstrap.servers", brokers},
                                                                    {"acks", "all"},
                                                                    {"enable.idempotence", "true"},
                                                                    {"max.in.flight", "1"},
                                                                    {"linger.ms", "1"},
                                                                    {"message.timeout.ms", "0"},
                                                                    {"socket.nagle.disable", "true"},
                                                                    {"compression.type", "lz4"}};
    for (const auto& [name, value] : settings)
        if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), reason.data(), reason.size()) !=
            RD_KAFKA_CONF_OK)
            throw std::runtime_error(reason.data());
    rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
    rd_kafka_conf_set_opaque(configuration, &appends);
    Client client(rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason.data(), reason.size()), rd_kafka_destroy);
    if (!client) throw std::runtime_error(reason.data());
    return client;
}

void create_topic(rd_kafka_t* client, const std::string& topic, int replicas) {
    std::array<char, 512> reason{};
    const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(rd_kafka_queue_new(client),
                                                                                     rd_kafka_queue_destroy);
    auto* created = rd_kafka_NewTopic_new(topic.c_str(), 1, replicas, reason.data(), reason.size());
    if (created == nullptr) throw std::runtime_error(reason.data());
    rd_kafka_CreateTopics(client, &created, 1, nullptr, queue.get());
    rd_kafka_NewTopic_destroy(created);
    const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
        rd_kafka_queue_poll(queue.get(), timeout_ms), rd_kafka_event_destroy);
    if (!event) throw std::runtime_error("the topic is not created in time");
    std::size_t count = 0;
    const auto* const* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR || count != 1 ||
        rd_kafka_topic_result_error(results[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error("the topic cannot be created");
}

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    if (lines.empty()) throw std::runtime_error(file + " has no records");
    return lines;
}

void append(rd_kafka_topic_t* topic, const std::string& record, std::size_t index, Appends& appends) {
    appends.begun[index] = Clock::now();
    auto* bytes = const_cast<char*>(record.data());  // librdkafka copies and does not change them
    while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, bytes, record.size(), nullptr, 0, &appends.begun[index]) !=
           0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

nlohmann::json measure(rd_kafka_t* client, const std::string& name, const std::vector<std::string>& records,
                       std::size_t count, double rate, Appends& appends) {
    const std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)> topic(
        rd_kafka_topic_new(client, name.c_str(), nullptr), rd_kafka_topic_destroy);
    const std::size_t warm_up = std::min<std::size_t>(count / 10, 1000);  // connections are opened
    appends.begun.resize(count + warm_up);
    appends.latencies_ms.reserve(count + warm_up);
    for (std::size_t i = 0; i < warm_up; ++i) append(topic.get(), records[i % records.size()], i, appends);
    if (rd_kafka_flush(client, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error("no acknowledgement");
    appends.latencies_ms.clear();

    std::jthread poller([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) rd_kafka_poll(client, 10);
    });
    const auto cpu_before = pintle::bench::cpu_seconds();
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        if (rate > 0) {
            std::this_thread::sleep_until(begin + std::chrono::duration<double>(static_cast<double>(i) / rate));
        } else {
            while (warm_up + i - appends.acknowledged >= most_unacknowledged)
                std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        append(topic.get(), records[i % records.size()], warm_up + i, appends);
    }
    const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (appends.acknowledged < warm_up + count && Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    const auto cpu = pintle::bench::cpu_seconds() - cpu_before;
    poller.request_stop();
    poller.join();
    if (appends.has_failed || appends.acknowledged < warm_up + count) throw std::runtime_error("an append failed");

    std::ranges::sort(appends.latencies_ms);
    const auto part = [&](double share) {
        return appends.latencies_ms[static_cast<std::size_t>(share * static_cast<double>(count - 1))];
    };
    return {{"records_per_second", static_cast<double>(count) / elapsed.count()},
            {"p50_ms", part(0.5)},
            {"p99_ms", part(0.99)},
            {"cpu_us", cpu / static_cast<double>(count) * 1e6}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: append_to_kafka BROKERS TOPIC REPLICAS FILE COUNT RATE\n";
        return 2;
    }
    try {
        Appends appends;
        const auto client = make_producer(argv[1], appends);
        create_topic(client.get(), argv[2], std::atoi(argv[3]));
        const auto records = lines_of(argv[4]);
        const auto count = std::strtoull(argv[5], nullptr, 10);
        std::cout << measure(client.get(), argv[2], records, count, std::strtod(argv[6], nullptr), appends) << '\n';
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
