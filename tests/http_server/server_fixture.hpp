#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::http {

// Waits for something that must come about; false if it does not.
inline bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 10'000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

// Answers with what it was sent, or does what the path says.
class EchoHandler : public Handler {
public:
    std::optional<Response> refuse(const Request& head, Terms& terms) override {
        terms.anonymous = head.headers["Key"].empty() && head.path == "/anonymous";
        terms.essential = head.path == "/essential";
        if (head.path != "/refused") return std::nullopt;
        Response answer;
        answer.status = 401;
        answer.body = "refused";
        return answer;
    }

    Awaitable<void> handle(Request& request, Response& answer) override {
        note(request);
        if (request.path == "/wait") co_await wait();
        if (request.path == "/block") block();
        if (request.path == "/throw") throw std::runtime_error("a fault of the test");
        if (request.path == "/none") answer.status = 204;
        if (request.path == "/large") answer.body.assign(32 << 20, 'x');
        answer.reset = request.path == "/reset";
        answer.close = request.path == "/close";
        answer.content_type = "text/plain";
        if (answer.body.empty()) answer.body = std::move(request.body);
    }

    void fault(unsigned, std::string_view reason, Response& answer) override { answer.body = reason; }

    std::vector<std::string> handled() {
        const std::lock_guard lock(mutex_);
        return handled_;
    }
    std::size_t threads() {
        const std::lock_guard lock(mutex_);
        return threads_.size();
    }

    std::atomic<bool> released{false};  // lets the requests to /wait and /block go on

private:
    void note(const Request& request) {
        const std::lock_guard lock(mutex_);
        handled_.push_back(std::string(request.method_text) + " " + std::string(request.target) + " " + request.body);
        threads_.insert(std::this_thread::get_id());
    }

    Awaitable<void> wait() {
        Timer timer(co_await boost::asio::this_coro::executor);
        while (!released) {
            timer.expires_after(std::chrono::milliseconds(1));
            co_await timer.async_wait(awaiting);
        }
    }

    // Keeps the server's thread from all else.
    void block() const {
        while (!released) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::mutex mutex_;
    std::vector<std::string> handled_;
    std::set<std::thread::id> threads_;
};

// A server on a free port of the loopback, with its threads.
class RunningServer {
public:
    explicit RunningServer(ServerOptions options = {}, std::size_t threads = 1) {
        options.host = "127.0.0.1";
        options.port = 0;
        std::vector<boost::asio::io_context*> contexts;
        contexts.reserve(threads);
        for (std::size_t i = 0; i < threads; ++i) {
            constexpr int hint = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;  // as the daemon's
            contexts.push_back(contexts_.emplace_back(std::make_unique<boost::asio::io_context>(hint)).get());
        }
        server_.emplace(contexts, std::move(options), handler);
        server_->start();
        for (auto* context : contexts) {
            threads_.emplace_back([context] {
                const auto work = boost::asio::make_work_guard(*context);
                context->run();
            });
        }
    }
    ~RunningServer() { destroy(); }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    // Stops the threads wherever they are and destroys all, with what is under way.
    void destroy() {
        for (auto& context : contexts_) context->stop();
        for (auto& thread : threads_) thread.join();
        threads_.clear();
        server_.reset();
        contexts_.clear();
    }

    Server& operator*() { return *server_; }
    Server* operator->() { return &*server_; }

    EchoHandler handler;

private:
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::optional<Server> server_;
    std::vector<std::thread> threads_;
};

// One connection of a client that says exactly what it is told.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_(context_) {
        socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    }

    void send(std::string_view text) { boost::asio::write(socket_, boost::asio::buffer(text)); }

    // Sends as long as the server takes it.
    void try_send(std::string_view text) {
        boost::system::error_code ignored;
        boost::asio::write(socket_, boost::asio::buffer(text), ignored);
    }

    std::string read(std::size_t size) {
        boost::asio::read(socket_, boost::asio::dynamic_buffer(input_), boost::asio::transfer_at_least(missing(size)));
        return take(size);
    }

    // A head up to its empty line.
    std::string read_head() {
        return take(boost::asio::read_until(socket_, boost::asio::dynamic_buffer(input_), "\r\n\r\n"));
    }

    // All there is until the server closes.
    std::string read_all() {
        boost::asio::read(socket_, boost::asio::dynamic_buffer(input_), error_);
        return take(input_.size());
    }

    // The server has closed the connection, and all that it sent before was read.
    bool is_closed() {
        char byte = 0;
        boost::system::error_code error;
        socket_.non_blocking(true);
        const auto size = socket_.receive(boost::asio::buffer(&byte, 1), boost::asio::socket_base::message_peek, error);
        socket_.non_blocking(false);
        return size == 0 && error != boost::asio::error::would_block;
    }

    // How the connection ended, after `read_all`.
    boost::system::error_code error() const { return error_; }

    void shut_down_sending() { socket_.shutdown(boost::asio::socket_base::shutdown_send); }
    void close() { socket_.close(); }
    boost::asio::ip::tcp::socket& socket() { return socket_; }

private:
    std::size_t missing(std::size_t size) const { return size > input_.size() ? size - input_.size() : 0; }
    std::string take(std::size_t size) {
        auto taken = input_.substr(0, size);
        input_.erase(0, size);
        return taken;
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    std::string input_;
    boost::system::error_code error_;
};

}  // namespace pintle::http
