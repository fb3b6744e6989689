#include "pintle/delivery/sender.hpp"

#include <gmock/gmock.h>

#include "delivery/client.hpp"
#include "delivery/server.hpp"

namespace pintle::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// Answers each request alike.
Server::Script always(std::string answer) {
    return [answer = std::move(answer)](Peer& peer) {
        while (!peer.read_request().empty()) peer.write(answer);
    };
}

// Answers one request, then does no more than wait for the end.
Server::Script once(std::string answer) {
    return [answer = std::move(answer)](Peer& peer) {
        peer.read_request();
        peer.write(answer);
        peer.wait_for_end();
    };
}

std::string at(const Server& server) {
    return "127.0.0.1:" + std::to_string(server.port());
}

TEST(Sender, SendsARequestWithItsHeadersAndCredentials) {
    Server server(always(std::string(ok)));
    Client client(Client::options(server.port()));
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

TEST(Sender, ARequestWithoutABodyHasNoContentType) {
    Server server(always(std::string(ok)));
    Client client(Client::options(server.port()));
    client.send("DELETE", "/gone", "");
    client.send("POST", "/empty", "");
    const auto requests = server.requests();
    ASSERT_THAT(requests, SizeIs(2));
    EXPECT_THAT(requests[0], Not(HasSubstr("Content-")));
    EXPECT_THAT(requests[1], Not(HasSubstr("Content-Type")));
    EXPECT_THAT(requests[1], HasSubstr("Content-Length: 0\r\n"));
}

TEST(Sender, PutsTheEndpointsPrefixBeforeThePath) {
    Server server(always(std::string(ok)));
    auto options = Client::options(server.port());
    options.endpoint.path_prefix = "/proxy/cio";
    Client client(options);
    client.send("PUT", "/api", "{}");
    EXPECT_THAT(server.requests(), ElementsAre(StartsWith("PUT /proxy/cio/api HTTP/1.1\r\n")));
}

TEST(Sender, UsesAConnectionAgain) {
    Server server(always(std::string(ok)));
    Client client(Client::options(server.port()));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 1);
}

TEST(Sender, SendsManyAtOnceOverAConnectionEachAndKeepsNoMoreThanItMay) {
    Server server(always(std::string(ok)));
    auto options = Client::options(server.port());
    options.connections = 2;
    Client client(options);
    std::vector pending{client.start(), client.start(), client.start(), client.start()};
    for (const auto& one : pending) client.run_until([&] { return one->done; });
    for (const auto& one : pending) EXPECT_EQ(one->answer.status, 200);
    EXPECT_EQ(server.connections(), 4);
    client.run_until([&] { return server.noted("closed"); });
    pending = {client.start(), client.start()};
    for (const auto& one : pending) client.run_until([&] { return one->done; });
    EXPECT_EQ(server.connections(), 4);
}

TEST(Sender, HonoursConnectionClose) {
    Server server(always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"));
    Client client(Client::options(server.port()));
    client.send();
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(Sender, APooledConnectionThatDiesBeforeAnAnswerIsReplacedAtOnce) {
    Server server([](Peer& peer) {
        while (!peer.read_request().empty() && peer.number() == 2) peer.write(ok);
        if (peer.number() == 2) return;
        peer.write(ok);
        peer.read_request();
    });
    Client client(Client::options(server.port()));
    EXPECT_EQ(client.send("PUT", "/1", "{}").status, 200);
    EXPECT_EQ(client.send("PUT", "/2", "{}").status, 200);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_THAT(server.requests(), ElementsAre(StartsWith("PUT /1 "), StartsWith("PUT /2 "), StartsWith("PUT /2 ")));
}

TEST(Sender, APooledConnectionThatIsResetIsReplacedToo) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
        if (peer.number() == 1) {
            peer.read_request();
            peer.reset();
        }
    });
    Client client(Client::options(server.port()));
    client.send();
    EXPECT_EQ(client.send().status, 200);
}

TEST(Sender, AStaleConnectionIsReplacedOnlyOnce) {
    Server server([](Peer& peer) {
        peer.read_request();
        if (peer.number() == 2) return;
        peer.write(ok);
        peer.read_request();
    });
    Client client(Client::options(server.port()));
    client.send();
    const Answer answer = client.send();
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.fault, at(server) + " closed the connection without an answer");
    EXPECT_EQ(server.connections(), 2);
}

TEST(Sender, APooledConnectionThatDiesWithinAnAnswerIsNotReplaced) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
        peer.read_request();
        peer.write("HTTP/1.1 2");
    });
    Client client(Client::options(server.port()));
    client.send();
    EXPECT_EQ(client.send().fault, "answer from " + at(server) + " stopped half-way");
    EXPECT_EQ(server.connections(), 1);
}

TEST(Sender, AConnectionThatTheServerClosedWhileIdleIsNotUsed) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write(ok);
    });
    Client client(Client::options(server.port()));
    client.send();
    client.run_until([&] { return server.noted("closed"); });
    EXPECT_EQ(client.send().status, 200);
    EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(Sender, ClosesAConnectionThatWasIdleForTooLong) {
    Server server(always(std::string(ok)));
    auto options = Client::options(server.port());
    options.idle_timeout = milliseconds{20};
    Client client(options);
    client.send();
    client.run_until([&] { return server.noted("closed"); });
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(Sender, SaysThatAConnectionIsRefused) {
    std::uint16_t port = 0;
    {
        port = Server(always("")).port();
    }
    Client client(Client::options(port));
    EXPECT_EQ(client.send().fault, "connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(Sender, SaysThatNoAnswerCame) {
    Server server(once(""));
    auto options = Client::options(server.port());
    options.request_timeout = milliseconds{50};
    Client client(options);
    EXPECT_EQ(client.send().fault, "no answer from " + at(server) + " within 50ms");
    EXPECT_EQ(server.connections(), 1);
}

TEST(Sender, SaysThatAnAnswerDoesNotEnd) {
    Server server(once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"));
    auto options = Client::options(server.port());
    options.request_timeout = milliseconds{50};
    Client client(options);
    EXPECT_EQ(client.send().fault, "answer from " + at(server) + " not whole within 50ms");
}

TEST(Sender, SaysThatAnAnswerStoppedHalfWay) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
    });
    Client client(Client::options(server.port()));
    const Answer answer = client.send();
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.fault, "answer from " + at(server) + " stopped half-way");
}

TEST(Sender, SaysThatAnAnswerIsNoHttp) {
    for (const std::string answer : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"}) {
        Server server(once(answer));
        Client client(Client::options(server.port()));
        const Answer got = client.send();
        EXPECT_EQ(got.status, 0) << answer;
        EXPECT_THAT(got.fault, StartsWith("answer from " + at(server) + " is no HTTP: ")) << answer;
    }
}

TEST(Sender, AnAnswerThatIsFarTooLongCountsByItsStatus) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
        for (int i = 0; i < 200; ++i) peer.write(chunk);
        peer.wait_for_end();
    });
    Client client(Client::options(server.port()));
    const Answer answer = client.send();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, std::string(16'384, 'x'));
    client.send();
    EXPECT_EQ(server.connections(), 2);
}

TEST(Sender, DoesNotReadAGigabyteThatIsAnnounced) {
    Server server(once("HTTP/1.1 503 Busy\r\nContent-Length: 1073741824\r\n\r\nxxxx"));
    Client client(Client::options(server.port()));
    EXPECT_EQ(client.send().status, 503);
}

TEST(Sender, SkipsInterimAnswers) {
    Server server(
        once("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + std::string(ok)));
    Client client(Client::options(server.port()));
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

TEST(Sender, ReadsNoAnswerWithoutEnd) {
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
        Client client(Client::options(server.port()));
        const Answer answer = client.send();
        EXPECT_EQ(answer.status, 0) << head << piece.substr(0, 40);
        EXPECT_THAT(answer.fault, StartsWith("answer from " + at(server) + " is no HTTP: "))
            << head << piece.substr(0, 40);
    }
}

TEST(Sender, TakesAMegabyteInChunksOfOneByte) {
    std::string answer = chunked;
    for (int i = 0; i < 1'000'000; ++i) answer += "1\r\nx\r\n";
    Server server(once(answer + "0\r\n\r\n"));
    Client client(Client::options(server.port()));
    EXPECT_EQ(client.send().body, std::string(16'384, 'x'));
}

TEST(Sender, TrailersOverrideNoHeader) {
    Server server(
        once("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
             "0\r\nRetry-After: 99\r\nLocation: https://x/\r\n\r\n"));
    Client client(Client::options(server.port()));
    const Answer answer = client.send();
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.retry_after, "7");
    EXPECT_EQ(answer.location, "");
}

TEST(Sender, ReadsAChunkedAnswerPieceByPiece) {
    Server server([](Peer& peer) {
        while (!peer.read_request().empty()) {
            const std::string answer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: "
                "t\r\n\r\n";
            for (const char byte : answer) peer.write({&byte, 1});
        }
    });
    Client client(Client::options(server.port()));
    EXPECT_EQ(client.send().body, R"({"a":1})");
    EXPECT_EQ(client.send().body, R"({"a":1})");
    EXPECT_EQ(server.connections(), 1);
}

TEST(Sender, AnAnswerThatEndsWithTheConnectionIsWhole) {
    Server server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.0 200 OK\r\n\r\n{\"a\":1}");
    });
    Client client(Client::options(server.port()));
    const Answer answer = client.send();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"a":1})");
}

TEST(Sender, AConnectionWithBytesThatNobodyAskedForIsNotUsedAgain) {
    Server server(once(std::string(ok) + "HTTP/1.1 500 Oops\r\n\r\n"));
    Client client(Client::options(server.port()));
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 2);
}

TEST(Sender, HandsOutWhatTheVerdictNeeds) {
    Server server(once("HTTP/1.1 429 Slow\r\nretry-after: 7\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n"));
    Client client(Client::options(server.port()));
    const Answer answer = client.send();
    EXPECT_EQ(answer.retry_after, "7");
    EXPECT_EQ(answer.location, "https://x/");
}

TEST(Sender, FollowsARedirectFromTheNextRequestOn) {
    Server old_server(always(std::string(ok)));
    Server new_server(always(std::string(ok)));
    Client client(Client::options(old_server.port()));
    client.send();
    client.sender.redirect({false, "127.0.0.1", new_server.port(), ""});
    EXPECT_EQ(client.sender.endpoint().port, new_server.port());
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(old_server.requests().size(), 1);
    EXPECT_EQ(new_server.requests().size(), 1);
    client.run_until([&] { return old_server.noted("closed"); });
}

TEST(Sender, ClosingEndsWhatIsUnderWay) {
    Server server(once(""));
    Client client(Client::options(server.port()));
    const auto pending = client.start();
    client.run_until([&] { return !server.requests().empty(); });
    client.sender.close();
    client.run_until([&] { return pending->done; });
    EXPECT_EQ(pending->answer.status, 0);
    EXPECT_EQ(pending->answer.fault, "stopped while waiting for the answer");
    EXPECT_EQ(client.send().fault, "stopped before it was sent");
}

TEST(Sender, ClosingLeavesNothingBehind) {
    Server server(always(std::string(ok)));
    Client client(Client::options(server.port()));
    client.send();
    client.sender.close();
    client.io.restart();
    client.io.run();  // returns when nothing is left
    client.run_until([&] { return server.noted("closed"); });
}

}  // namespace
}  // namespace pintle::delivery
