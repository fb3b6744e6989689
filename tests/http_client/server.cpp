#include "server.hpp"

#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>

namespace pintle::http::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0 : std::stoul(std::string(head.substr(at + name.size(), 20)));
}

}  // namespace

Peer::Peer(Server& server, tcp::socket socket) : server_(server), socket_(std::move(socket)), number_(0) {
    if (server.tls_) tls_.emplace(socket_, *server.tls_);
}

bool Peer::handshake() {
    error_code error;
    tls_->handshake(asio::ssl::stream_base::server, error);
    return !error;
}

std::size_t Peer::read_some() {
    char bytes[4096];
    error_code error;
    const auto size =
        tls_ ? tls_->read_some(asio::buffer(bytes), error) : socket_.read_some(asio::buffer(bytes), error);
    unread_.append(bytes, size);
    return size;
}

std::string Peer::read_request() {
    for (;;) {
        const auto end = unread_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::size_t size = end + 4 + content_length(std::string_view(unread_).substr(0, end));
            if (unread_.size() >= size) {
                std::string request = unread_.substr(0, size);
                unread_.erase(0, size);
                const std::lock_guard lock(server_.mutex_);
                server_.requests_.push_back(request);
                return request;
            }
        }
        if (read_some() == 0) return {};
    }
}

bool Peer::write(std::string_view bytes) {
    error_code error;
    if (tls_) {
        asio::write(*tls_, asio::buffer(bytes), error);
    } else {
        asio::write(socket_, asio::buffer(bytes), error);
    }
    return !error;
}

void Peer::wait_for_end() {
    while (read_some() != 0) {
    }
}

void Peer::close() {
    error_code error;
    const std::lock_guard lock(server_.mutex_);
    socket_.close(error);
}

void Peer::reset() {
    error_code error;
    socket_.set_option(asio::socket_base::linger(true, 0), error);
    close();
}

bool Peer::resumed() {
    return SSL_session_reused(tls_->native_handle()) == 1;
}

std::string Peer::server_name() {
    const char* name = SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

Server::Server(Script script)
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      script_(std::move(script)),
      acceptor_thread_([this] { accept(); }) {}

Server::Server(const Tls& tls, Script script)
    : tls_(asio::ssl::context::tls_server),
      acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      script_([script = std::move(script)](Peer& peer) {
          if (peer.handshake()) script(peer);
      }) {
    SSL_CTX* native = tls_->native_handle();
    SSL_CTX_set_security_level(native, 0);  // or OpenSSL 3 speaks no TLS 1.1
    SSL_CTX_set_min_proto_version(native, tls.min_version);
    SSL_CTX_set_max_proto_version(native, tls.max_version);
    tls_->use_certificate(asio::buffer(tls.certificate.certificate), asio::ssl::context::pem);
    tls_->use_private_key(asio::buffer(tls.certificate.key), asio::ssl::context::pem);
    acceptor_thread_ = std::thread([this] { accept(); });
}

Server::~Server() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        for (Peer& peer : peers_) {
            if (peer.socket_.is_open()) ::shutdown(peer.socket_.native_handle(), SHUT_RDWR);
        }
    }
    acceptor_thread_.join();
    for (std::thread& thread : threads_) thread.join();
}

void Server::accept() {
    for (;;) {
        error_code error;
        tcp::socket socket = acceptor_.accept(error);
        const std::lock_guard lock(mutex_);
        if (error || stopping_) return;
        Peer& peer = peers_.emplace_back(*this, std::move(socket));
        peer.number_ = static_cast<int>(peers_.size());
        threads_.emplace_back([this, &peer] { serve(peer); });
    }
}

void Server::serve(Peer& peer) {
    script_(peer);
    peer.close();
    note("closed");
}

int Server::connections() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(peers_.size());
}

std::vector<std::string> Server::requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void Server::note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(what);
}

bool Server::noted(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return std::find(notes_.begin(), notes_.end(), what) != notes_.end();
}

}  // namespace pintle::http::client
