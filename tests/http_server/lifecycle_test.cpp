// Time limits, draining and stopping.
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_fixture.hpp"

namespace pintle::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view waiting = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view upload = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";

// A client that holds a connection: it has had one response and sends nothing.
struct IdleClient : Client {
    explicit IdleClient(Server& server) : Client(server.port()) {
        send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        read_head();
    }
};

// Sends a byte again and again, until the server closes.
std::string drip(Client& client, char byte) {
    std::atomic<bool> closed{false};
    std::thread sender([&] {
        while (!closed) {
            client.try_send({&byte, 1});
            std::this_thread::sleep_for(milliseconds(2));
        }
    });
    auto response = client.read_all();
    closed = true;
    sender.join();
    return response;
}

TEST(TimeLimit, OfTheHeaderIsAnswered408HoweverSteadilyItDrips) {
    ServerOptions options;
    options.header_timeout = milliseconds(50);
    RunningServer server(options);
    Client client(server->port());
    client.send("GET / HTTP/1.1\r\nSome: ");
    EXPECT_THAT(drip(client, 'a'), StartsWith("HTTP/1.1 408 "));
}

TEST(TimeLimit, OfTheBodyIsAnswered408HoweverSteadilyItDrips) {
    ServerOptions options;
    options.body_timeout = milliseconds(50);
    RunningServer server(options);
    Client client(server->port());
    client.send(upload);
    EXPECT_THAT(drip(client, 'a'), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(server.handler.handled(), IsEmpty());
}

// Connects and sends `request` until the handler has it. A short time limit may close a connection before its request
// arrives when the machine is busy; that is no failure.
std::unique_ptr<Client> send_until_handled(RunningServer& server, std::string_view request) {
    std::unique_ptr<Client> client;
    EXPECT_TRUE(eventually([&] {
        client = std::make_unique<Client>(server->port());
        client->try_send(request);
        return eventually([&] { return !server.handler.handled().empty() || client->is_closed(); }) &&
               !server.handler.handled().empty();
    }));
    return client;
}

TEST(TimeLimit, OfAnIdleConnectionClosesItWithoutAResponse) {
    ServerOptions options;
    options.idle_timeout = milliseconds(50);
    RunningServer server(options);
    Client silent(server->port());
    EXPECT_EQ(silent.read_all(), "");
    const auto served = send_until_handled(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    served->read_head();
    EXPECT_EQ(served->read_all(), "");
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(TimeLimit, ClosesAConnectionWhoseResponseIsNotRead) {
    ServerOptions options;
    options.body_timeout = milliseconds(50);
    RunningServer server(options);
    Client client(server->port());
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(TimeLimit, DoesNotRunWhileARequestIsHandled) {
    ServerOptions options;
    options.header_timeout = options.body_timeout = options.idle_timeout = milliseconds(20);
    RunningServer server(options);
    const auto slow = send_until_handled(server, waiting);
    Client other(server->port());  // its end shows that time has passed
    EXPECT_EQ(other.read_all(), "");
    server.handler.released = true;
    EXPECT_THAT(slow->read_head(), StartsWith("HTTP/1.1 200 "));
}

// All that a client gets from a server with one thread that drains while `asked` waits for that thread, on a connection
// which is not accepted yet.
std::string drained_meanwhile(const ServerOptions& options, std::string_view asked) {
    RunningServer server(options);
    Client blocking(server->port());
    blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    Client client(server->port());
    client.send(asked);
    server->drain();
    server.handler.released = true;
    return client.read_all();
}

// How a connection attempt stands after some time.
enum class Attempt : std::uint8_t { connected, refused, unanswered };

// Connects to a port of the loopback, where a handshake takes no time.
Attempt attempt_to_connect(std::uint16_t port) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    auto outcome = Attempt::unanswered;
    socket.async_connect({boost::asio::ip::make_address("127.0.0.1"), port}, [&](boost::system::error_code error) {
        if (error == boost::asio::error::operation_aborted) return;
        outcome = error ? Attempt::refused : Attempt::connected;
    });
    context.run_for(milliseconds(50));
    return outcome;
}

// The SYN of a new client gets no answer: it repeats it later, and reaches the next process. Each server leaves 250 ms
// for an attempt; a busy machine may miss that.
TEST(Draining, LeavesNewHandshakesToTheNextProcess) {
    auto attempt = Attempt::refused;
    for (int i = 0; i < 40 && attempt != Attempt::unanswered; ++i) {
        RunningServer server;
        const IdleClient served(*server);
        server->drain();
        while ((attempt = attempt_to_connect(server->port())) == Attempt::connected) {
            std::this_thread::sleep_for(milliseconds(1));  // thousands would fill the queue of the listening socket
        }
    }
    EXPECT_EQ(attempt, Attempt::unanswered);
}

TEST(Draining, ClosesIdleConnectionsAfterTheGrace) {
    ServerOptions options;
    options.drain_grace = milliseconds(20);
    RunningServer server(options, 2);
    IdleClient served(*server);
    Client silent(server->port());
    ASSERT_TRUE(eventually([&] { return server->connections() == 2; }));
    server->drain();
    EXPECT_EQ(served.read_all(), "");
    EXPECT_EQ(silent.read_all(), "");
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

// The thread that the silent connection goes to has no other: its time limits are looked after all the same.
TEST(Draining, ClosesASilentConnectionThatIsAcceptedLast) {
    ServerOptions options;
    options.drain_grace = milliseconds(20);
    RunningServer server(options, 2);
    Client blocking(server->port());
    blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    Client silent(server->port());
    server->drain();
    server.handler.released = true;
    EXPECT_EQ(silent.read_all(), "");
    blocking.close();
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(Draining, AnswersALateRequestOnAnIdleConnectionAndClosesIt) {
    ServerOptions options;
    options.drain_grace = std::chrono::hours(1);
    RunningServer server(options, 2);
    IdleClient served(*server);
    Client silent(server->port());
    ASSERT_TRUE(eventually([&] { return server->connections() == 2; }));
    server->drain();
    for (Client* client : {static_cast<Client*>(&served), &silent}) {
        client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto response = client->read_all();
        EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
        EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
    }
}

TEST(Draining, AnswersClientsThatConnectedBefore) {
    const auto response = drained_meanwhile({}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
}

TEST(Draining, AnswersARequestThatArrivedJustBeforeTheEndOfTheGrace) {
    ServerOptions options;
    options.drain_grace = milliseconds(0);
    EXPECT_THAT(drained_meanwhile(options, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(Draining, AnswersAllThatWasPipelined) {
    const std::string one = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none";
    std::string many;
    for (int i = 0; i < 200; ++i) many += one;  // more than is read at once
    const auto responses = drained_meanwhile({}, many);
    std::size_t answered = 0;
    for (auto at = responses.find("HTTP/1.1 200 "); at != std::string::npos;
         at = responses.find("HTTP/1.1 200 ", at + 1)) {
        ++answered;
    }
    EXPECT_EQ(answered, 200U);
    const auto last = responses.rfind("HTTP/1.1 ");
    EXPECT_EQ(responses.find("Connection: close\r\n"), responses.find("Connection: close\r\n", last));
}

TEST(Draining, AnswersARequestInFlight) {
    RunningServer server;
    Client client(server->port());
    client.send(waiting);
    ASSERT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    server->drain();
    server.handler.released = true;
    const auto response = client.read_all();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(Draining, AnswersARequestThatIsStillBeingSent) {
    RunningServer server;
    Client client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    client.read_head();
    server->drain();
    client.send("one");
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 200 "));
}

TEST(Draining, AcceptsNoNewConnections) {
    RunningServer server;
    const auto port = server->port();
    server->drain();
    ASSERT_TRUE(eventually([&] { return server->connections() == 0; }));
    EXPECT_THROW(Client{port}, boost::system::system_error);
}

// Each of them is answered or refused: none is reset because its handshake ends when the listener closes.
TEST(Draining, ResetsNoClientThatIsConnecting) {
    RunningServer server({}, 2);
    const auto port = server->port();
    std::atomic<int> answered{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            while (true) {
                try {
                    Client client(port);
                    client.try_send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    ++(client.read_all().starts_with("HTTP/1.1 200 ") ? answered : failed);
                } catch (const boost::system::system_error& error) {
                    if (error.code() != boost::asio::error::connection_refused) ++failed;
                    return;
                }
            }
        });
    }
    EXPECT_TRUE(eventually([&] { return answered > 100; }));
    server->drain();
    for (auto& client : clients) client.join();
    EXPECT_EQ(failed, 0);
}

TEST(Draining, OfAServerThatNeverStartedHasNoEffect) {
    boost::asio::io_context context;
    EchoHandler handler;
    ServerOptions options;
    options.host = "127.0.0.1";
    options.port = 0;
    Server server({&context}, options, handler);
    server.drain();
    EXPECT_EQ(server.connections(), 0U);
}

TEST(Stopping, ClosesWhatDrainingWaitsFor) {
    RunningServer server({}, 2);
    Client sending(server->port());
    sending.send(upload);
    Client handled(server->port());
    handled.send(waiting);
    ASSERT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    server->stop();
    EXPECT_EQ(sending.read_all(), "");
    EXPECT_EQ(handled.read_all(), "");
    server.handler.released = true;
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(Stopping, IsNotNeededBeforeAllIsDestroyed) {
    RunningServer server({}, 2);
    Client sending(server->port());
    sending.send(upload);
    IdleClient idle(*server);
    Client handled(server->port());
    handled.send(waiting);
    ASSERT_TRUE(eventually([&] { return server.handler.handled().size() == 2; }));
    server.destroy();
    EXPECT_EQ(sending.read_all(), "");
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_EQ(handled.read_all(), "");
}

}  // namespace
}  // namespace pintle::http
