// Whose connection and whose memory give way to others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compress.hpp"
#include "server_fixture.hpp"

namespace pintle::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view closing = "GET /close HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view waiting = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";

std::string head_of(std::string_view path, std::size_t size, std::string_view headers = {}) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n" +
           std::string(headers) + "\r\n";
}

std::string post(std::string_view path, std::size_t size) {
    return head_of(path, size) + std::string(size, 'x');
}

std::string ask(Server& server, std::string_view text) {
    Client client(server.port());
    client.try_send(text);
    return client.read_all();
}

class Limits : public testing::Test {
public:
    void start(std::size_t threads = 1) { server.emplace(options, threads); }

    // A client that has had an response, or has sent nothing yet.
    std::unique_ptr<Client> idle(bool has_asked = true) {
        auto client = std::make_unique<Client>((*server)->port());
        const auto before = (*server)->connections();
        if (has_asked) {
            client->send(request);
            client->read_head();
        } else {
            EXPECT_TRUE(eventually([&] { return (*server)->connections() >= before; }));
        }
        return client;
    }

    std::unique_ptr<Client> busy() {
        const auto handled = server->handler.handled().size();
        auto client = std::make_unique<Client>((*server)->port());
        client->send(waiting);
        EXPECT_TRUE(eventually([&] { return server->handler.handled().size() > handled; }));
        return client;
    }

    ServerOptions options;
    // Before the server, which they have to outlive.
    MemoryBudget memory{16UL << 20U};
    MemoryBudget for_two_connections{40UL * 1024};  // of 12 KiB each, which are at most two thirds of it
    MemoryBudget for_one_large_answer{40UL << 20U};
    std::optional<RunningServer> server;
};

TEST_F(Limits, CloseTheLongestIdleConnectionForANewOne) {
    options.max_connections = 2;
    start();
    const auto first = idle();
    const auto second = idle();
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(first->read_all(), "");
    second->send(closing);
    EXPECT_THAT(second->read_all(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Limits, CloseWhoIsLongestInAHeaderWhereNobodyIsIdle) {
    options.max_connections = 2;
    start();
    Client header((*server)->port());
    header.send("GET / HTTP/1.1\r\nHo");
    const auto other = busy();
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(header.read_all(), "");
    server->handler.released = true;
    EXPECT_THAT(other->read_head(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Limits, EvictAnUnauthenticatedBodyIfNothingIsIdle) {
    options.max_connections = 2;
    start();
    Client body((*server)->port());
    body.send(head_of("/anonymous", 100, "Expect: 100-continue\r\n"));
    body.read_head();
    const auto other = busy();
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(body.read_all(), "");
    server->handler.released = true;
}

TEST_F(Limits, DoNotEvictAnAuthenticatedBody) {
    options.max_connections = 1;
    start();
    Client body((*server)->port());
    body.send(head_of("/close", 3, "Expect: 100-continue\r\n"));
    body.read_head();
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 503 "));
    body.send("one");
    EXPECT_THAT(body.read_all(), EndsWith("one"));
}

TEST_F(Limits, AnswerANewConnection503WhereAllAreBusyAndServeWhatIsEssential) {
    options.max_connections = 1;
    start();
    const auto one = busy();
    const auto refused = ask(**server, closing);
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
    EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(ask(**server, "GET /essential HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask(**server, "GET /refused HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 401 "));
    server->handler.released = true;
    EXPECT_THAT(one->read_head(), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(eventually([&] { return ask(**server, closing).starts_with("HTTP/1.1 200 "); }));
}

TEST_F(Limits, KeepRoomOverThemWhereSilentConnectionsFillIt) {
    options.max_connections = 1;
    options.max_reserved = 2;
    start();
    const auto one = busy();
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 10; ++i) silent.push_back(std::make_unique<Client>((*server)->port()));
    EXPECT_THAT(ask(**server, "GET /essential HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    server->handler.released = true;
}

TEST_F(Limits, HoldOverAllThreads) {
    options.max_connections = 3;
    options.idle_timeout = std::chrono::hours(1);
    start(3);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 30; ++i) {
        clients.push_back(idle());
        EXPECT_TRUE(eventually([&] { return (*server)->connections() <= 3; }));
        EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
    }
    EXPECT_TRUE(eventually([&] { return (*server)->connections() <= 3; }));
}

TEST_F(Limits, HoldWhereConnectionsComeInABurst) {
    for (const std::size_t threads : {1U, 2U}) {
        options.max_connections = 2;
        start(threads);
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>((*server)->port()));
        EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
        EXPECT_TRUE(eventually([&] { return (*server)->connections() <= 2; }));
        clients.clear();
        server.reset();
    }
}

TEST_F(Limits, OfAnAddressCloseItsOwnLongestIdleConnection) {
    options.max_connections_per_address = 2;
    start(2);
    const auto first = idle();
    const auto second = idle();
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(first->read_all(), "");
    second->send(request);
    EXPECT_THAT(second->read_head(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Limits, OfAnAddressSpareOtherAddresses) {
    options.max_connections_per_address = 1;
    start();
    const auto one = busy();
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket other(context, {boost::asio::ip::make_address("127.0.0.2"), 0});
    other.connect({boost::asio::ip::make_address("127.0.0.1"), (*server)->port()});
    boost::asio::write(other, boost::asio::buffer(closing));
    std::string response;
    boost::system::error_code ec;
    boost::asio::read(other, boost::asio::dynamic_buffer(response), ec);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask(**server, closing), StartsWith("HTTP/1.1 503 "));
    server->handler.released = true;
}

TEST_F(Limits, OfConnectionsFollowFromTheMemory) {
    options.memory = &for_two_connections;
    start();
    const auto first = idle();
    const auto second = idle();
    const auto third = idle();
    EXPECT_EQ(first->read_all(), "");
    server->destroy();
    EXPECT_EQ(for_two_connections.held(), 0U);
}

TEST_F(Limits, OfABodyWithoutAKeyAreToldToItsSender) {
    start();
    for (const auto& headers : {head_of("/anonymous", 65'537), head_of("/anonymous", 3'000'000)}) {
        const auto response = ask(**server, headers);
        EXPECT_THAT(response, StartsWith("HTTP/1.1 413 "));
        EXPECT_THAT(response, HasSubstr("needs its write key in the header or the query"));
    }
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    EXPECT_THAT(ask(**server, "POST /anonymous HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk +
                                  chunk + "1\r\nx\r\n0\r\n\r\n"),
                HasSubstr("needs its write key"));
    const auto bomb = compress(std::string(65'537, 'x'), Wrap::gzip);
    EXPECT_THAT(ask(**server, head_of("/anonymous", bomb.size(), "Content-Encoding: gzip\r\n") + bomb),
                HasSubstr("needs its write key"));
    EXPECT_THAT(server->handler.handled(), IsEmpty());
    EXPECT_THAT(ask(**server, head_of("/anonymous", 65'536, "Connection: close\r\n") + std::string(65'536, 'x')),
                StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(
        ask(**server, head_of("/anonymous", 65'537, "Key: k\r\nConnection: close\r\n") + std::string(65'537, 'x')),
        StartsWith("HTTP/1.1 200 "));
}

// Sends all but the last byte of a body.
std::unique_ptr<Client> unfinished(Server& server, std::string_view path, std::size_t size) {
    auto client = std::make_unique<Client>(server.port());
    client->try_send(head_of(path, size + 1) + std::string(size, 'x'));
    return client;
}

TEST_F(Limits, OfMemoryEvictTheOldestIncompleteBody) {
    options.memory = &memory;
    for (const std::size_t threads : {1U, 3U}) {
        start(threads);
        std::vector<std::unique_ptr<Client>> slow;
        for (int i = 0; i < 20; ++i) slow.push_back(unfinished(**server, "/", 3'000'000));
        // Until then those that still arrive may be newer than what is asked.
        EXPECT_TRUE(eventually([&] { return (*server)->connections() <= memory.limit() / 3'000'000; }));
        for (int i = 0; i < 5; ++i) {
            const auto response = ask(**server, post("/close", 3'000'000));
            EXPECT_THAT(response.substr(0, 20), StartsWith("HTTP/1.1 200 "));
        }
        const auto response = slow.front()->read_all();
        EXPECT_THAT(response, StartsWith("HTTP/1.1 503 "));
        EXPECT_THAT(response, HasSubstr("Retry-After: 1\r\n"));
        slow.clear();
        server->destroy();
        EXPECT_EQ(memory.held(), 0U);
        server.reset();
    }
}

TEST_F(Limits, OfMemoryAreApartForWhoHasNoKey) {
    options.memory = &memory;
    start();
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 200; ++i) slow.push_back(unfinished(**server, "/anonymous", 60'000));
    EXPECT_LE(memory.held(), 2 * memory.limit() / 8 + 201 * 12UL * 1024);
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(ask(**server, post("/close", 100'000)).substr(0, 20), StartsWith("HTTP/1.1 200 "));
        EXPECT_THAT(ask(**server, head_of("/anonymous", 60'000, "Connection: close\r\n") + std::string(60'000, 'x')),
                    StartsWith("HTTP/1.1 200 "));
    }
    EXPECT_THAT(slow.front()->read_all(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(Limits, OfMemoryCountHeadersToo) {
    options.memory = &memory;
    options.max_anonymous_memory = 64UL * 1024;
    options.header_timeout = std::chrono::hours(1);
    start();
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(std::make_unique<Client>((*server)->port()));
        slow.back()->send("GET / HTTP/1.1\r\nHost: a\r\nSome: " + std::string(15'000, 'x'));
    }
    EXPECT_THAT(slow.front()->read_all(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(Limits, OfMemoryEvictAnUnreadResponse) {
    options.memory = &for_one_large_answer;
    start();
    Client slow((*server)->port());
    slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return for_one_large_answer.held() > (20UL << 20U); }));
    Client other((*server)->port());
    other.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_GT(other.read_all().size(), 32UL << 20U);
    EXPECT_LT(slow.read_all().size(), 32UL << 20U);
}

TEST_F(Limits, OfMemoryAreFreeAgainWhenARequestIsAnswered) {
    options.memory = &memory;
    start();
    const auto client = idle();
    const auto before = memory.held();
    client->send(post("/", 3'000'000));
    client->read(3'000'000);
    EXPECT_TRUE(eventually([&] { return memory.held() == before; }));
}

}  // namespace
}  // namespace pintle::http
