#include <gmock/gmock.h>

#include "client.hpp"
#include "names.hpp"
#include "server.hpp"

namespace pintle::http::client {
namespace {

using testing::StartsWith;

Server::Script always_ok() {
    return [](Peer& peer) {
        while (!peer.read_request().empty()) peer.write(ok);
    };
}

HttpClientOptions options_for(const std::string& host, std::uint16_t port) {
    auto options = TestClient::options(port);
    options.endpoint.host = host;
    return options;
}

TEST(SenderNames, ANameThatDoesNotExistIsAFaultUntilItDoes) {
    Server server(always_ok());
    TestClient client(options_for("late.test", server.port()));
    const auto unknown = client.send();
    EXPECT_THAT(unknown.error, StartsWith("resolve late.test: Host not found"));
    EXPECT_EQ(unknown.lasting_error, LastingError::unknown_host);
    names::set("late.test", {"127.0.0.1"});
    EXPECT_EQ(client.send().status, 200);
}

TEST(SenderNames, AllAddressesAreTried) {
    Server server(always_ok());
    names::set("several.test", {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
    TestClient client(options_for("several.test", server.port()));
    EXPECT_EQ(client.send().status, 200);
}

TEST(SenderNames, AnAddressThatSwallowsPacketsLeavesTimeForTheNext) {
    Server server(always_ok());
    names::set("slow.test", {"192.0.2.1", "127.0.0.1"});  // the first is nobody's (RFC 5737)
    auto options = options_for("slow.test", server.port());
    options.connect_timeout = milliseconds{300};
    TestClient client(options);
    EXPECT_EQ(client.send().status, 200);
}

TEST(SenderNames, ANameIsLookedUpAnewForEachConnection) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    names::set("anew.test", {"127.0.0.1"});
    TestClient client(options_for("anew.test", server.port()));
    client.send();
    client.send();
    EXPECT_EQ(names::lookups("anew.test"), 2);
}

// A lookup that hangs, until the test is over.
class HangingLookup : public testing::Test {
protected:
    HangingLookup() { names::hang("hanging.test"); }
    ~HangingLookup() override { names::release(); }
};

TEST_F(HangingLookup, HoldsUpARequestNoLongerThanItsTimeLimit) {
    auto options = options_for("hanging.test", 1);
    options.connect_timeout = milliseconds{50};
    TestClient client(options);
    EXPECT_EQ(client.send().error, "resolve hanging.test: no response within 50ms");
    EXPECT_EQ(client.send().error, "resolve hanging.test: no response within 50ms");
    EXPECT_EQ(names::lookups("hanging.test"), 1);
    names::release();
}

TEST_F(HangingLookup, IsForgottenOnceNamesAreAnsweredAgain) {
    names::hang("healing.test");
    Server server(always_ok());
    auto options = options_for("healing.test", server.port());
    options.connect_timeout = milliseconds{50};
    TestClient client(options);
    EXPECT_EQ(client.send().error, "resolve healing.test: no response within 50ms");
    names::set("healing.test", {"127.0.0.1"});
    names::release();
    int status = 0;
    client.run_until([&] { return (status = client.send().status) != 0; });
    EXPECT_EQ(status, 200);
}

TEST_F(HangingLookup, DoesNotHoldUpClosing) {
    TestClient client(options_for("hanging.test", 1));
    const auto pending = client.start();
    const int before = names::lookups("hanging.test");
    client.run_until([&] { return names::lookups("hanging.test") > before || pending->done; });
    client.sender.close();
    client.run_until([&] { return pending->done; });
    EXPECT_EQ(pending->response.error, "stopped before it was sent");
    names::release();
}

}  // namespace
}  // namespace pintle::http::client
