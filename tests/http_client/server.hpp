#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "certificates.hpp"

namespace pintle::http::client {

inline constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

class Server;

// One client's connection, as the server's script sees it. Everything blocks.
class Peer {
public:
    Peer(Server& server, boost::asio::ip::tcp::socket socket);

    bool handshake();                    // TLS servers; false if it failed
    std::string read_request();          // whole, head and body; empty at the end
    bool write(std::string_view bytes);  // false if the client has closed
    void wait_for_end();                 // until the client closes
    void close();
    void reset();                           // closes so that the client sees a reset
    bool resumed();                         // the TLS session
    std::string server_name();              // that the client asked for in the handshake; empty if none
    int number() const { return number_; }  // of the connection, from 1

private:
    friend class Server;
    std::size_t read_some();

    Server& server_;
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    std::string unread_;
    int number_;
};

// A server on 127.0.0.1 that does to each connection what the script says, each on a thread of its own.
class Server {
public:
    using Script = std::function<void(Peer&)>;
    struct Tls {
        Certificate certificate;
        int min_version = TLS1_2_VERSION;
        int max_version = TLS1_3_VERSION;
    };

    explicit Server(Script script);
    Server(const Tls& tls, Script script);
    ~Server();

    std::uint16_t port() const { return port_; }
    int connections();
    std::vector<std::string> requests();

    // For the scripts, to say that they came to a point, and for the test, which waits for it.
    void note(const std::string& what);
    bool noted(const std::string& what);

private:
    friend class Peer;
    void accept();
    void serve(Peer& peer);

    boost::asio::io_context io_;
    std::optional<boost::asio::ssl::context> tls_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    Script script_;
    std::mutex mutex_;
    std::list<Peer> peers_;
    std::vector<std::string> requests_;
    std::vector<std::string> notes_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
    std::thread acceptor_thread_;
};

}  // namespace pintle::http::client
