#include <gmock/gmock.h>

#include "client.hpp"
#include "names.hpp"
#include "pintle/base/http_message.hpp"
#include "server.hpp"

namespace pintle::http::client {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

// A sender that trusts an authority of the test's, and certificates of it.
class ATlsSender : public testing::Test {
protected:
    ATlsSender() { names::set("api.test", {"127.0.0.1"}); }

    HttpClientOptions options(std::uint16_t port, const std::string& host = "api.test") {
        auto options = TestClient::options(port);
        options.endpoint = {true, host, port, ""};
        options.ca_file = ca_file;
        return options;
    }
    Server::Tls certificate_for(const std::string& host, std::chrono::seconds lifetime = std::chrono::hours{1}) {
        return {make_certificate(authority, host, lifetime)};
    }
    // The fault of a request to a server with that certificate, which must not see any of it.
    std::string fault_with(const Server::Tls& tls, const std::string& host = "api.test") {
        Server server(tls, [](Peer& peer) { peer.read_request(); });
        TestClient client(options(server.port(), host));
        const HttpResponse response = client.send();
        EXPECT_EQ(response.status, 0);
        EXPECT_TRUE(server.requests().empty());
        EXPECT_THAT(response.error,
                    StartsWith("TLS handshake with " + host + ":" + std::to_string(server.port()) + ": "));
        return response.error;
    }
    static Server::Script always_ok() {
        return [](Peer& peer) {
            while (!peer.read_request().empty()) peer.write(ok);
        };
    }
    // Whether a second connection took up the session of the first.
    bool resumes(int version) {
        Server::Tls tls = certificate_for("api.test");
        tls.min_version = tls.max_version = version;
        Server server(tls, [&](Peer& peer) {
            if (peer.resumed()) server.note("resumed");
            peer.read_request();
            peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
        TestClient client(options(server.port()));
        EXPECT_EQ(client.send().status, 200);
        EXPECT_FALSE(server.noted("resumed"));
        EXPECT_EQ(client.send().status, 200);
        return server.noted("resumed");
    }

    Certificate authority = make_authority();
    std::string ca_file = write_file("ca.pem", authority.certificate);
};

TEST_F(ATlsSender, SendsToAHostWithACertificateOfItsName) {
    Server server(certificate_for("api.test"), always_ok());
    TestClient client(options(server.port()));
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_THAT(server.requests()[0], HasSubstr("\r\nHost: api.test:" + std::to_string(server.port()) + "\r\n"));
}

TEST_F(ATlsSender, SendsToAnAddressWithACertificateOfIt) {
    Server server(certificate_for("127.0.0.1"), always_ok());
    TestClient client(options(server.port(), "127.0.0.1"));
    EXPECT_EQ(client.send().status, 200);
}

TEST_F(ATlsSender, TakesAWildcardCertificate) {
    names::set("one.api.test", {"127.0.0.1"});
    Server server(certificate_for("*.api.test"), always_ok());
    TestClient client(options(server.port(), "one.api.test"));
    EXPECT_EQ(client.send().status, 200);
}

TEST_F(ATlsSender, TellsTheServerTheHostsName) {
    Server server(certificate_for("api.test"), [&](Peer& peer) {
        server.note("asked for " + peer.server_name());
        while (!peer.read_request().empty()) peer.write(ok);
    });
    TestClient client(options(server.port()));
    client.send();
    EXPECT_TRUE(server.noted("asked for api.test"));
}

TEST_F(ATlsSender, TellsNoNameWhereTheHostIsAnAddress) {
    Server server(certificate_for("127.0.0.1"), [&](Peer& peer) {
        server.note("asked for " + peer.server_name());
        while (!peer.read_request().empty()) peer.write(ok);
    });
    TestClient client(options(server.port(), "127.0.0.1"));
    client.send();
    EXPECT_TRUE(server.noted("asked for "));
}

TEST_F(ATlsSender, SaysWhichErrorsLast) {
    const auto kind_with = [&](const Server::Tls& tls) {
        Server server(tls, [](Peer& peer) { peer.read_request(); });
        return TestClient(options(server.port())).send().lasting_error;
    };
    EXPECT_EQ(kind_with(certificate_for("other.test")), LastingError::wrong_host_name);
    EXPECT_EQ(kind_with({make_certificate(make_authority(), "api.test", std::chrono::hours{1})}),
              LastingError::untrusted_certificate);
    Server plain([](Peer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    EXPECT_EQ(TestClient(options(plain.port())).send().lasting_error, LastingError::no_tls);
    Server silent([](Peer&) {});
    EXPECT_EQ(TestClient(options(silent.port())).send().lasting_error, LastingError::none) << "it may be restarting";
}

TEST_F(ATlsSender, RefusesACertificateOfAnotherName) {
    EXPECT_THAT(fault_with(certificate_for("other.test")), HasSubstr("certificate verify failed (hostname mismatch)"));
}

TEST_F(ATlsSender, RefusesACertificateOfAnotherAddress) {
    EXPECT_THAT(fault_with(certificate_for("127.0.0.2"), "127.0.0.1"),
                HasSubstr("certificate verify failed (IP address mismatch)"));
}

TEST_F(ATlsSender, RefusesACertificateOfAnAuthorityThatIsNotTrusted) {
    EXPECT_THAT(fault_with({make_certificate(make_authority(), "api.test")}), HasSubstr("certificate verify failed ("));
}

TEST_F(ATlsSender, RefusesACertificateThatExpired) {
    EXPECT_THAT(fault_with(certificate_for("api.test", -std::chrono::minutes{1})),
                HasSubstr("certificate verify failed (certificate has expired)"));
}

TEST_F(ATlsSender, RefusesTls11) {
    Server::Tls tls = certificate_for("api.test");
    tls.min_version = TLS1_VERSION;
    tls.max_version = TLS1_1_VERSION;
    EXPECT_THAT(fault_with(tls), AnyOf(HasSubstr("protocol"), HasSubstr("closed"), HasSubstr("truncated")));
}

TEST_F(ATlsSender, NeverSendsInTheClear) {
    Server server([](Peer& peer) {
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.read_request();
    });
    TestClient client(options(server.port()));
    EXPECT_THAT(client.send().error, StartsWith("TLS handshake with "));
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(ATlsSender, DoesNotWaitForeverForAHandshake) {
    Server server([](Peer& peer) { peer.wait_for_end(); });
    auto hasty = options(server.port());
    hasty.connect_timeout = milliseconds{50};
    TestClient client(hasty);
    EXPECT_EQ(client.send().error, "TLS handshake with api.test:" + std::to_string(server.port()) + ": timed out");
}

TEST_F(ATlsSender, ClosingEndsAHandshake) {
    Server server([](Peer& peer) { peer.wait_for_end(); });
    TestClient client(options(server.port()));
    const auto pending = client.start();
    client.run_until([&] { return server.connections() == 1; });
    client.sender.close();
    client.run_until([&] { return pending->done; });
    EXPECT_EQ(pending->response.error, "stopped before it was sent");
}

TEST_F(ATlsSender, TakesUpASessionAgain) {
    EXPECT_TRUE(resumes(TLS1_2_VERSION));
    EXPECT_TRUE(resumes(TLS1_3_VERSION));
}

TEST_F(ATlsSender, TakesUpNoSessionWhoseCertificateHasExpiredSince) {
    const auto expires = std::chrono::system_clock::now() + std::chrono::seconds{4};
    Server server(certificate_for("api.test", std::chrono::seconds{4}), [](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    TestClient client(options(server.port()));
    EXPECT_EQ(client.send().status, 200);
    client.run_until([&] { return std::chrono::system_clock::now() > expires; });
    EXPECT_THAT(client.send().error, HasSubstr("certificate verify failed (certificate has expired)"));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ATlsSender, AStaleConnectionIsReplaced) {
    Server server(certificate_for("api.test"), [](Peer& peer) {
        peer.read_request();
        peer.write(ok);
        if (peer.number() == 1) peer.read_request();
    });
    TestClient client(options(server.port()));
    client.send();
    EXPECT_EQ(client.send().status, 200);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ATlsSender, ReadsAnAnswerThatEndsWithTheConnection) {
    Server server(certificate_for("api.test"), [](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}");
    });
    TestClient client(options(server.port()));
    EXPECT_EQ(client.send().body, R"({"a":1})");
}

TEST_F(ATlsSender, SendsARequestOfThirtyKilobytes) {
    Server server(certificate_for("api.test"), always_ok());
    TestClient client(options(server.port()));
    const std::string body(32'000, 'x');
    EXPECT_EQ(client.send("POST", "/", body).status, 200);
    EXPECT_THAT(server.requests()[0], testing::EndsWith("\r\n\r\n" + body));
}

TEST_F(ATlsSender, SaysWhichCaFileCannotBeRead) {
    boost::asio::io_context io;
    auto wrong = options(1);
    wrong.ca_file = write_file("empty.pem", "nothing");
    try {
        const HttpClient sender(io, wrong);
        FAIL() << "took it";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), StartsWith("ca_file " + wrong.ca_file + ": cannot be read as PEM: "));
    }
}

}  // namespace
}  // namespace pintle::http::client
