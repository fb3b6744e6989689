#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <boost/asio/ssl.hpp>

#include "server_fixture.hpp"

namespace pintle::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A folder that goes with the test, with a certificate made for it.
class Tls : public testing::Test {
public:
    Tls() : folder_(std::filesystem::temp_directory_path() / ("pintle-tls-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
        write_certificate(certificate(), key());
    }
    ~Tls() override { std::filesystem::remove_all(folder_); }

    std::string certificate() const { return (folder_ / "certificate.pem").string(); }
    std::string key() const { return (folder_ / "key.pem").string(); }

    ServerOptions options() const {
        ServerOptions options;
        options.certificate = certificate();
        options.key = key();
        return options;
    }

    static void write_certificate(const std::string& certificate, const std::string& key, long serial = 1) {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), &EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), &X509_free);
        X509_set_version(x509.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), serial);
        X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
        X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3'600);
        X509_set_pubkey(x509.get(), pair.get());
        auto* name = X509_get_subject_name(x509.get());
        const auto* common_name = reinterpret_cast<const unsigned char*>("localhost");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
        X509_set_issuer_name(x509.get(), name);
        X509_sign(x509.get(), pair.get(), EVP_sha256());
        const std::unique_ptr<BIO, decltype(&BIO_free)> to_certificate(BIO_new_file(certificate.c_str(), "w"),
                                                                       &BIO_free);
        PEM_write_bio_X509(to_certificate.get(), x509.get());
        const std::unique_ptr<BIO, decltype(&BIO_free)> to_key(BIO_new_file(key.c_str(), "w"), &BIO_free);
        PEM_write_bio_PrivateKey(to_key.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }

    std::filesystem::path folder_;
};

// What a TLS client gets to hear.
std::string ask(std::uint16_t port, std::string_view text, boost::asio::ssl::context& tls) {
    Client client(port);
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(client.socket(), tls);
    stream.handshake(boost::asio::ssl::stream_base::client);
    boost::asio::write(stream, boost::asio::buffer(text));
    std::string response;
    boost::system::error_code ec;
    boost::asio::read(stream, boost::asio::dynamic_buffer(response), ec);
    EXPECT_EQ(ec, boost::asio::error::eof) << "the server ended without close_notify: " << ec.message();
    return response;
}

TEST_F(Tls, ServesRequests) {
    RunningServer server(options());
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    const std::string body(100'000, 'b');
    const auto request = "POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + body;
    EXPECT_THAT(ask(server->port(), request, tls), EndsWith("\r\n\r\n" + body));
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST_F(Tls, AClientThatIsStillSendingReceivesARejection) {
    auto small = options();
    small.max_body = 1'000;
    RunningServer server(small);
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    const auto request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'b');
    EXPECT_THAT(ask(server->port(), request, tls), HasSubstr("HTTP/1.1 413 "));
}

TEST_F(Tls, ClosesASlowHandshake) {
    auto hasty = options();
    hasty.header_timeout = std::chrono::milliseconds(50);
    RunningServer server(hasty);
    Client client(server->port());
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(Tls, EvictsTheOldestHandshakeIfThereAreTooMany) {
    auto few = options();
    few.max_handshakes = 1;
    RunningServer server(few);
    Client half_open(server->port());
    half_open.send(std::string_view("\x16\x03\x01", 3));
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    const std::string request = "GET /close HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_THAT(ask(server->port(), request, tls), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(half_open.read_all(), "");
}

TEST_F(Tls, SendsAnAnswerThatIsLargerThanAnyBuffer) {
    RunningServer server(options());
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    const std::string request = "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    EXPECT_GT(ask(server->port(), request, tls).size(), 32U << 20U);
}

TEST_F(Tls, AcceptsNoVersionBelow12) {
    RunningServer server(options());
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    SSL_CTX_set_security_level(tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
    EXPECT_THROW(ask(server->port(), "", tls), boost::system::system_error);
}

TEST_F(Tls, DrainsIdleConnections) {
    RunningServer server(options());
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    Client client(server->port());
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(client.socket(), tls);
    stream.handshake(boost::asio::ssl::stream_base::client);
    server->drain();
    std::string response;
    boost::system::error_code ec;
    boost::asio::read(stream, boost::asio::dynamic_buffer(response), ec);
    EXPECT_EQ(ec, boost::asio::error::eof);
    client.close();
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST_F(Tls, AnswersALateRequestWhileItDrains) {
    RunningServer server(options());
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    Client client(server->port());
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(client.socket(), tls);
    stream.handshake(boost::asio::ssl::stream_base::client);
    server->drain();
    boost::asio::write(stream, boost::asio::buffer(std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    std::string response;
    boost::system::error_code ec;
    boost::asio::read(stream, boost::asio::dynamic_buffer(response), ec);
    EXPECT_THAT(response, HasSubstr("HTTP/1.1 200 "));
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
}

// An open TLS connection.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port) : client_(port), stream_(client_.socket(), tls_) {
        stream_.handshake(boost::asio::ssl::stream_base::client);
    }

    long serial() {
        const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(stream_.native_handle()),
                                                               &X509_free);
        return ASN1_INTEGER_get(X509_get0_serialNumber(peer.get()));
    }

    std::string ask(std::string_view request) {
        boost::asio::write(stream_, boost::asio::buffer(request));
        std::string response;
        boost::system::error_code ended;
        boost::asio::read(stream_, boost::asio::dynamic_buffer(response), ended);
        return response;
    }

private:
    boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
    Client client_;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream_;
};

TEST_F(Tls, AnotherCertificateIsForNewConnectionsAndOpenOnesGoOn) {
    RunningServer server(options());
    TlsClient before(server->port());
    EXPECT_EQ(before.serial(), 1);
    EXPECT_FALSE(server->replace_certificate(std::make_shared<TlsCertificate>(certificate(), key()))) << "the same";

    write_certificate(certificate(), key(), 2);
    EXPECT_TRUE(server->replace_certificate(std::make_shared<TlsCertificate>(certificate(), key())));
    TlsClient after(server->port());
    EXPECT_EQ(after.serial(), 2);
    EXPECT_EQ(server->certificate_expires(), TlsCertificate(certificate(), key()).expires());
    const std::string_view request = "GET /close HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_THAT(before.ask(request), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(after.ask(request), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Tls, SaysWhatIsWrongWithItsFiles) {
    const auto message = [](const ServerOptions& wrong) {
        try {
            const RunningServer server(wrong);
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    auto missing = options();
    missing.certificate = "/nowhere/certificate.pem";
    EXPECT_THAT(message(missing), HasSubstr("cannot use the TLS certificate /nowhere/certificate.pem: No such file"));

    auto garbage = options();
    garbage.key = (folder_ / "garbage.pem").string();
    std::ofstream(garbage.key) << "no key";
    EXPECT_THAT(message(garbage), HasSubstr("cannot use the TLS key " + garbage.key));

    auto foreign = options();
    foreign.key = (folder_ / "foreign.pem").string();
    write_certificate((folder_ / "other.pem").string(), foreign.key);
    EXPECT_THAT(message(foreign), HasSubstr("the TLS key " + foreign.key + " does not belong to the certificate"));
}

}  // namespace
}  // namespace pintle::http
