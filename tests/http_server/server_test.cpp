#include "pintle/http/server/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_fixture.hpp"

namespace pintle::http {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string ok(std::string_view body, std::string_view headers = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nContent-Type: text/plain\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
}

TEST(Server, AnswersOneRequestAfterAnotherOnAConnection) {
    RunningServer server;
    Client client(server->port());
    for (const auto* body : {"one", "two"}) {
        client.send(post("/", body));
        EXPECT_EQ(client.read(ok(body).size()), ok(body));
    }
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/wait", "one") + post("/", "two") + post("/close", "three"));
    ASSERT_TRUE(eventually([&] { return !server.handler.handled().empty(); }));
    server.handler.released = true;
    EXPECT_EQ(client.read_all(), ok("one") + ok("two") + ok("three", "Connection: close\r\n"));
}

TEST(Server, ReadsAChunkedBody) {
    RunningServer server;
    Client client(server->port());
    client.send("POST /close HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n");
    client.send("0\r\n\r\n");
    EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\nonetwo"));
}

TEST(Server, ReadsABodyOfManyReads) {
    RunningServer server;
    Client client(server->port());
    const std::string body(3'000'000, 'b');
    client.send(post("/close", body));
    EXPECT_EQ(client.read_all(), ok(body, "Connection: close\r\n"));
}

TEST(Server, AsksForTheBodyOfAClientThatExpectsIt) {
    RunningServer server;
    Client client(server->port());
    client.send("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("one");
    EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\none"));
}

TEST(Server, DoesNotAskForTheBodyOfARejectedRequest) {
    RunningServer server;
    Client client(server->port());
    client.send("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_all(),
              "HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\nContent-Type: application/json\r\nConnection: "
              "close\r\n\r\nrefused");
    EXPECT_THAT(server.handler.handled(), IsEmpty());
}

TEST(Server, ContinuesAfterARejectedRequestWhoseBodyWasReceived) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/refused", "one") + post("/close", "two"));
    const auto responses = client.read_all();
    EXPECT_THAT(responses, StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(responses, EndsWith("\r\n\r\ntwo"));
    EXPECT_THAT(server.handler.handled(), ElementsAre("POST /close two"));
}

TEST(Server, AnswersHeadWithTheHeadersAlone) {
    RunningServer server;
    Client client(server->port());
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none");
    client.send(post("/close", "two"));
    EXPECT_EQ(client.read_all(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\n" +
                                     ok("two", "Connection: close\r\n"));
}

TEST(Server, SendsNoBodyWithStatus204) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/none", "one", "Connection: close\r\n"));
    EXPECT_EQ(client.read_all(), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST(Server, ClosesBehindAnHttp10RequestUnlessAskedNotTo) {
    RunningServer server;
    Client client(server->port());
    client.send("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none");
    const auto first = ok("one", "Connection: keep-alive\r\n");
    EXPECT_EQ(client.read(first.size()), first);
    client.send("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\ntwo");
    EXPECT_EQ(client.read_all(), ok("two", "Connection: close\r\n"));
}

TEST(Server, AnswersAClientThatHasShutDownItsSide) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/", "one"));
    client.shut_down_sending();
    EXPECT_EQ(client.read_all(), ok("one"));
}

class MalformedRequest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedRequest, IsAnswered400AndNothingBehindItIsServed) {
    RunningServer server;
    Client client(server->port());
    client.send(GetParam() + post("/smuggled", "x"));
    const auto response = client.read_all();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
    EXPECT_FALSE(client.error() == boost::asio::error::connection_reset);
    EXPECT_THAT(server.handler.handled(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Server, MalformedRequest,
    testing::Values("garbage\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: a\r\nSome: folded\r\n value\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));

TEST(Server, Answers431WhereTheHeaderIsTooLarge) {
    ServerOptions options;
    options.max_header = 1'000;
    RunningServer server(options);
    Client client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nSome: " + std::string(1'000, 'a'));
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST(Server, LetsAClientSeeThe413ThatIsStillSending) {
    ServerOptions options;
    options.max_body = 1'000;
    RunningServer server(options);
    Client client(server->port());
    client.try_send(post("/", std::string(4'000'000, 'b')));
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(server.handler.handled(), IsEmpty());
}

TEST(Server, Answers500WhereTheHandlerThrows) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/throw", ""));
    const auto response = client.read_all();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(response, Not(HasSubstr("a fault of the test")));
}

TEST(Server, ResetsTheConnectionWhereTheHandlerSaysSo) {
    RunningServer server;
    Client client(server->port());
    client.send(post("/reset", "one"));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(client.error(), boost::asio::error::connection_reset);
}

TEST(Server, DoesNotHandleATruncatedRequest) {
    RunningServer server;
    const auto whole = post("/", "one");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        Client client(server->port());
        client.send(whole.substr(0, size));
    }
    Client chunked(server->port());
    chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n");
    chunked.close();
    Client last(server->port());
    last.send(post("/close", "last"));
    last.read_all();
    last.close();
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
    EXPECT_THAT(server.handler.handled(), ElementsAre("POST /close last"));
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    RunningServer server({}, 2);
    Client one(server->port());
    Client two(server->port());
    for (auto* client : {&one, &two}) {
        client->send(post("/close", "x"));
        client->read_all();
    }
    EXPECT_EQ(server.handler.threads(), 2U);
}

TEST(Server, SaysWhatIsWrongWithWhereItShallListen) {
    boost::asio::io_context context;
    EchoHandler handler;
    ServerOptions options;
    options.host = "localhost";
    const auto message = [&] {
        try {
            const Server server({&context}, options, handler);
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(message(), "cannot listen on \"localhost\": it is not an IP address");
    RunningServer other;
    options.host = "127.0.0.1";
    options.port = other->port();
    EXPECT_EQ(message(), "cannot listen on 127.0.0.1:" + std::to_string(other->port()) + ": Address already in use");
}

TEST(Server, ListensOnIpv6) {
    boost::asio::io_context context;
    EchoHandler handler;
    ServerOptions options;
    options.host = "::1";
    options.port = 0;
    const Server server({&context}, options, handler);
    EXPECT_NE(server.port(), 0);
}

}  // namespace
}  // namespace pintle::http
