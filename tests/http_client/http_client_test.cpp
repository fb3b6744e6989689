#include "pintle/http/client/http_client.hpp"

#include <gmock/gmock.h>

#include "client.hpp"
#include "pintle/base/http_message.hpp"
#include "server.hpp"

namespace pintle::http::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// Answers each request alike.
Server::Script always(std::string response) {
    return [response = std::move(response)](Peer& peer) {
        while (!peer.read_request().empty()) peer.write(response);
    };
}

// Answers one request, then does no more than wait for the end.
Server::Script once(std::string response) {
    return [response = std::move(response)](Peer& peer) {
        peer.read_request();
        peer.write(response);
        peer.wait_for_end();
    };
}

std::string at(const Server& server) {
    return "127.0.0.1:" + std::to_string(server.port());
}

TEST(HttpClient, SendsARequestWithItsHeadersAndCredentials) {
    Server server(always(std::string(ok)));
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send("PUT", "/api/v1/customers/a%20b", R"({"x":1})").status, 200);
    EXPECT_THAT(server.requests(), ElementsAre("PUT /api/v1/customers/a%20b HTTP/1.1\r\n"
                                               "Host: " +
                                               at(server) +
                                               "\r\n"
                                               "Authorization: Basic c2l0ZTpzZWNyZXQ=\r\n"
                                               "User-Agent: pintle/test\r\n"
                                               "Content-Type: application/json\r\n"
                                               "Content-Length: 7\r\n\r\n"
                                               R"({"x":1})"));
}

TEST(HttpClient, SendsFurtherHeadersInPlaceOfCredentials) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    options.site_id.clear();
    options.headers = {"Authorization: Bearer t", "X-Scope-OrgID: a"};
    TestClient client(options);
    client.send("DELETE", "/gone", "");
    EXPECT_THAT(server.requests(), ElementsAre("DELETE /gone HTTP/1.1\r\nHost: " + at(server) +
                                               "\r\nUser-Agent: pintle/test\r\nAuthorization: Bearer t\r\n"
                                               "X-Scope-OrgID: a\r\n\r\n"));
}

TEST(HttpClient, WritesNothingWhileItMayNotSend) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    bool may_send = false;
    options.may_send = [&] { return may_send; };
    TestClient client(options);
    const auto refused = client.send();
    EXPECT_EQ(refused.status, 0);
    EXPECT_EQ(refused.error, "stopped before it was sent");
    may_send = true;
    EXPECT_EQ(client.send("PUT", "/allowed", "{}").status, 200);
    EXPECT_THAT(server.requests(), ElementsAre(StartsWith("PUT /allowed ")));
}

TEST(HttpClient, StopsWithinARequestThatItMayNotSendAnyMore) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    int writes = 0;
    options.may_send = [&] { return ++writes <= 3; };
    TestClient client(options);
    const auto cut = client.send("PUT", "/long", std::string(16 << 20, 'x'));
    EXPECT_EQ(cut.status, 0);
    EXPECT_EQ(cut.error, "stopped while it was sent");
    EXPECT_EQ(writes, 4);
    writes = -1'000'000;
    EXPECT_EQ(client.send("PUT", "/short", "{}").status, 200) << "on another connection";
}

TEST(HttpClient, CancelEndsTheRequestsInFlightAndNoLaterOnes) {
    Server server([](Peer& peer) {
        for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
            if (request.starts_with("PUT /quiet ")) continue;
            peer.write(ok);
        }
    });
    TestClient client(TestClient::options(server.port()));
    const auto pending = client.start("PUT", "/quiet");
    client.run_until([&] { return !server.requests().empty(); });
    client.sender.cancel();
    client.run_until([&] { return pending->done; });
    EXPECT_EQ(pending->response.status, 0);
    EXPECT_THAT(pending->response.error, HasSubstr("stopped"));
    EXPECT_EQ(client.send("PUT", "/later", "{}").status, 200);
}

TEST(HttpClient, ARequestWithoutABodyHasNoContentType) {
    Server server(always(std::string(ok)));
    TestClient client(TestClient::options(server.port()));
    client.send("DELETE", "/gone", "");
    client.send("POST", "/empty", "");
    const auto requests = server.requests();
    ASSERT_THAT(requests, SizeIs(2));
    EXPECT_THAT(requests[0], Not(HasSubstr("Content-")));
    EXPECT_THAT(requests[1], Not(HasSubstr("Content-Type")));
    EXPECT_THAT(requests[1], HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpClient, PutsTheEndpointsPrefixBeforeThePath) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    options.endpoint.path_prefix = "/proxy/cio";
    TestClient client(options);
    client.send("PUT", "/api", "{}");
    EXPECT_THAT(server.requests(), ElementsAre(StartsWith("PUT /proxy/cio/api HTTP/1.1\r\n")));
}

TEST(HttpClient, UsesAConnectionAgain) {
    Server server(always(std::string(ok)));
    TestClient client(TestClient::options(server.port()));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, SendsManyAtOnceOverAConnectionEachAndKeepsNoMoreThanItMay) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    options.connections = 2;
    TestClient client(options);
    std::vector pending{client.start(), client.start(), client.start(), client.start()};
    for (const auto& one : pending) client.run_until([&] { return one->done; });
    for (const auto& one : pending) EXPECT_EQ(one->response.status, 200);
    EXPECT_EQ(server.connections(), 4);
    client.run_until([&] { return server.noted("closed"); });
    pending = {client.start(), client.start()};
    for (const auto& one : pending) client.run_until([&] { return one->done; });
    EXPECT_EQ(server.connections(), 4);
}

TEST(HttpClient, HonoursConnectionClose) {
    Server server(always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"));
    TestClient client(TestClient::options(server.port()));
    client.send();
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, APooledConnectionThatDiesBeforeAnAnswerIsReplacedAtOnce) {
    Server server([](Peer& peer) {
        while (!peer.read_request().empty() && peer.number() == 2) peer.write(ok);
        if (peer.number() == 2) return;
        peer.write(ok);
        peer.read_request();
    });
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send("PUT", "/1", "{}").status, 200);
    EXPECT_EQ(client.send("PUT", "/2", "{}").status, 200);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_THAT(server.requests(), ElementsAre(StartsWith("PUT /1 "), StartsWith("PUT /2 "), StartsWith("PUT /2 ")));
}

TEST(HttpClient, APooledConnectionThatIsResetIsReplacedToo) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
        if (peer.number() == 1) {
            peer.read_request();
            peer.reset();
        }
    });
    TestClient client(TestClient::options(server.port()));
    client.send();
    EXPECT_EQ(client.send().status, 200);
}

TEST(HttpClient, AStaleConnectionIsReplacedOnlyOnce) {
    Server server([](Peer& peer) {
        peer.read_request();
        if (peer.number() == 2) return;
        peer.write(ok);
        peer.read_request();
    });
    TestClient client(TestClient::options(server.port()));
    client.send();
    const HttpResponse response = client.send();
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.error, at(server) + " closed the connection without a response");
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, APooledConnectionThatDiesWithinAnAnswerIsNotReplaced) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
        peer.read_request();
        peer.write("HTTP/1.1 2");
    });
    TestClient client(TestClient::options(server.port()));
    client.send();
    EXPECT_EQ(client.send().error, "response from " + at(server) + " ended early");
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, AConnectionThatTheServerClosedWhileIdleIsNotUsed) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
    });
    TestClient client(TestClient::options(server.port()));
    client.send();
    client.run_until([&] { return server.noted("closed"); });
    EXPECT_EQ(client.send().status, 200);
    EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(HttpClient, ClosesAConnectionThatWasIdleForTooLong) {
    Server server(always(std::string(ok)));
    auto options = TestClient::options(server.port());
    options.idle_timeout = milliseconds{20};
    TestClient client(options);
    client.send();
    client.run_until([&] { return server.noted("closed"); });
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, SaysThatAConnectionIsRefused) {
    std::uint16_t port = 0;
    {
        port = Server(always("")).port();
    }
    TestClient client(TestClient::options(port));
    EXPECT_EQ(client.send().error, "connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(HttpClient, SaysThatNoAnswerCame) {
    Server server(once(""));
    auto options = TestClient::options(server.port());
    options.request_timeout = milliseconds{50};
    TestClient client(options);
    EXPECT_EQ(client.send().error, "no response from " + at(server) + " within 50ms");
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, SaysThatAnAnswerDoesNotEnd) {
    Server server(once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"));
    auto options = TestClient::options(server.port());
    options.request_timeout = milliseconds{50};
    TestClient client(options);
    EXPECT_EQ(client.send().error, "response from " + at(server) + " incomplete after 50ms");
}

TEST(HttpClient, SaysThatAnAnswerStoppedHalfWay) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
    });
    TestClient client(TestClient::options(server.port()));
    const HttpResponse response = client.send();
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.error, "response from " + at(server) + " ended early");
}

TEST(HttpClient, SaysThatAnAnswerIsNoHttp) {
    for (const std::string response : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n",
                                       "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"}) {
        Server server(once(response));
        TestClient client(TestClient::options(server.port()));
        const HttpResponse got = client.send();
        EXPECT_EQ(got.status, 0) << response;
        EXPECT_THAT(got.error, StartsWith("response from " + at(server) + " is not HTTP: ")) << response;
    }
}

TEST(HttpClient, AnAnswerThatIsFarTooLongCountsByItsStatus) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
        for (int i = 0; i < 200; ++i) peer.write(chunk);
        peer.wait_for_end();
    });
    TestClient client(TestClient::options(server.port()));
    const HttpResponse response = client.send();
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, std::string(16'384, 'x'));
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, DoesNotReadAGigabyteThatIsAnnounced) {
    Server server(once("HTTP/1.1 503 Busy\r\nContent-Length: 1073741824\r\n\r\nxxxx"));
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send().status, 503);
}

TEST(HttpClient, SkipsInterimAnswers) {
    Server server(
        once("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + std::string(ok)));
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send().status, 200);
}

// What the server says without end after its `head`, until the client has closed the connection.
Server::Script without_end(std::string head, std::string piece) {
    return [head = std::move(head), piece = std::move(piece)](Peer& peer) {
        peer.read_request();
        peer.write(head);
        while (peer.write(piece)) {
        }
    };
}

constexpr const char* chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(HttpClient, ReadsNoAnswerWithoutEnd) {
    const std::string filler(8'000, 'x');
    const std::vector<std::pair<std::string, std::string>> floods{
        {"HTTP/1.1 200 OK\r\n", "A: " + filler + "\r\n"},
        {"HTTP/1.1 200 OK\r\nA: ", filler},
        {"HTTP/1.1 200 ", filler},
        {"", "HTTP/1.1 103 Early Hints\r\nLink: </" + filler + ">\r\n\r\n"},
        {"", "HTTP/1.1 100 Continue\r\n\r\n"},
        {std::string(chunked) + "1;", "a=" + filler + ";"},
        {std::string(chunked) + "1;a=\"", filler},
        {chunked, "1;a=" + filler + "\r\nx\r\n"},
        {std::string(chunked) + "0\r\n", "A: " + filler + "\r\n"},
        {std::string(chunked) + "0\r\nA: ", filler},
        {chunked, "000000000000"},
    };
    for (const auto& [head, piece] : floods) {
        Server server(without_end(head, piece));
        TestClient client(TestClient::options(server.port()));
        const HttpResponse response = client.send();
        EXPECT_EQ(response.status, 0) << head << piece.substr(0, 40);
        EXPECT_THAT(response.error, StartsWith("response from " + at(server) + " is not HTTP: "))
            << head << piece.substr(0, 40);
    }
}

TEST(HttpClient, TakesAMegabyteInChunksOfOneByte) {
    std::string response = chunked;
    for (int i = 0; i < 1'000'000; ++i) response += "1\r\nx\r\n";
    Server server(once(response + "0\r\n\r\n"));
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send().body, std::string(16'384, 'x'));
}

TEST(HttpClient, TrailersOverrideNoHeader) {
    Server server(
        once("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
             "0\r\nRetry-After: 99\r\nLocation: https://x/\r\n\r\n"));
    TestClient client(TestClient::options(server.port()));
    const HttpResponse response = client.send();
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.retry_after, "7");
    EXPECT_EQ(response.location, "");
}

TEST(HttpClient, ReadsAChunkedAnswerPieceByPiece) {
    Server server([](Peer& peer) {
        while (!peer.read_request().empty()) {
            const std::string response =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: "
                "t\r\n\r\n";
            for (const char byte : response) peer.write({&byte, 1});
        }
    });
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send().body, R"({"a":1})");
    EXPECT_EQ(client.send().body, R"({"a":1})");
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, AnAnswerThatEndsWithTheConnectionIsWhole) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.0 200 OK\r\n\r\n{\"a\":1}");
    });
    TestClient client(TestClient::options(server.port()));
    const HttpResponse response = client.send();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"a":1})");
}

TEST(HttpClient, AConnectionWithBytesThatNobodyAskedForIsNotUsedAgain) {
    Server server(once(std::string(ok) + "HTTP/1.1 500 Oops\r\n\r\n"));
    TestClient client(TestClient::options(server.port()));
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, HandsOutWhatTheVerdictNeeds) {
    Server server(once("HTTP/1.1 429 Slow\r\nretry-after: 7\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n"));
    TestClient client(TestClient::options(server.port()));
    const HttpResponse response = client.send();
    EXPECT_EQ(response.retry_after, "7");
    EXPECT_EQ(response.location, "https://x/");
}

TEST(HttpClient, FollowsARedirectFromTheNextRequestOn) {
    Server old_server(always(std::string(ok)));
    Server new_server(always(std::string(ok)));
    TestClient client(TestClient::options(old_server.port()));
    client.send();
    client.sender.redirect({false, "127.0.0.1", new_server.port(), ""});
    EXPECT_EQ(client.sender.endpoint().port, new_server.port());
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(old_server.requests().size(), 1);
    EXPECT_EQ(new_server.requests().size(), 1);
    client.run_until([&] { return old_server.noted("closed"); });
}

TEST(HttpClient, ClosingEndsWhatIsUnderWay) {
    Server server(once(""));
    TestClient client(TestClient::options(server.port()));
    const auto pending = client.start();
    client.run_until([&] { return !server.requests().empty(); });
    client.sender.close();
    client.run_until([&] { return pending->done; });
    EXPECT_EQ(pending->response.status, 0);
    EXPECT_EQ(pending->response.error, "stopped while waiting for the response");
    EXPECT_EQ(client.send().error, "stopped before it was sent");
}

TEST(HttpClient, ClosingLeavesNothingBehind) {
    Server server(always(std::string(ok)));
    TestClient client(TestClient::options(server.port()));
    client.send();
    client.sender.close();
    client.io.restart();
    client.io.run();  // returns when nothing is left
    client.run_until([&] { return server.noted("closed"); });
}

}  // namespace
}  // namespace pintle::http::client
