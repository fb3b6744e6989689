#include "pintle/kafka/group_consumer.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string_view>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include "mock_cluster.hpp"

namespace pintle::kafka_source {
namespace {

using namespace std::chrono_literals;

constexpr auto limit = 60s;  // a test fails where something takes longer

class Listener : public kafka::GroupListener {
public:
    void on_assigned(std::span<const kafka::TopicPartition> partitions) override { assigned += partitions.size(); }
    void on_revoked(std::span<const kafka::TopicPartition>, bool, std::function<void()> give_back) override {
        release = std::move(give_back);
    }
    void on_available(const kafka::TopicPartition&) override {}
    void on_committed(boost::system::error_code) override {}
    void on_error(boost::system::error_code, std::string_view, bool) override {}

    std::size_t assigned = 0;
    std::function<void()> release;
};

// The broker may end the membership, and with it the close, while what was taken is still being kept.
TEST(GroupConsumer, APartitionMayBeReleasedAfterTheGroupIsLeft) {
    MockCluster cluster;
    cluster.create("shop", 1);
    boost::asio::io_context io;
    Listener listener;
    kafka::GroupConsumer consumer(io, {{"bootstrap.servers", cluster.bootstrap()}}, "group", {"shop"}, listener);
    const auto eventually = [&](const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            consumer.poll();
            io.restart();
            io.run_one_for(20ms);
        }
        return true;
    };
    ASSERT_TRUE(eventually([&] { return listener.assigned == 1; }));
    consumer.close();
    ASSERT_TRUE(eventually([&] { return listener.release != nullptr; }));
    listener.release();
    ASSERT_TRUE(eventually([&] { return consumer.is_closed(); }));
    listener.release();
    EXPECT_TRUE(consumer.is_closed());
}

}  // namespace
}  // namespace pintle::kafka_source
