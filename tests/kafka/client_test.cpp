#include "pintle/kafka/client.hpp"

#include <chrono>
#include <stdexcept>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include "pintle/kafka/group_consumer.hpp"

namespace pintle::kafka {
namespace {

TEST(Client, AWrongSettingIsAnErrorForPeople) {
    boost::asio::io_context context;
    const auto make = [&] { Producer producer(context, {{"acks", "some"}}, {}); };
    EXPECT_THAT(make, testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("acks")));
}

TEST(Client, BrokersThatDoNotAnswerAreNamedWithTheReason) {
    using testing::FieldsAre;
    using testing::HasSubstr;
    const Settings settings{{"bootstrap.servers", "127.0.0.1:2,127.0.0.1:1"}};
    EXPECT_THAT(find_silent_brokers(settings, std::chrono::milliseconds(300)),
                testing::ElementsAre(FieldsAre("127.0.0.1:2", HasSubstr("refused")),
                                     FieldsAre("127.0.0.1:1", HasSubstr("refused"))));
}

}  // namespace
}  // namespace pintle::kafka
