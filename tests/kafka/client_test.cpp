#include "pintle/kafka/client.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

namespace pintle::kafka {
namespace {

TEST(Client, AWrongSettingIsAnErrorForPeople) {
    boost::asio::io_context context;
    const auto make = [&] { Producer producer(context, {{"acks", "some"}}, {}); };
    EXPECT_THAT(make, testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("acks")));
}

}  // namespace
}  // namespace pintle::kafka
