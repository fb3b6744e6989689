#include "pintle/http/client/http_client.hpp"

#include <utility>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pool.hpp"

namespace pintle::http::client {
namespace {

HttpResponse finish(Pool& pool, std::unique_ptr<Connection> connection, Exchange exchange) {
    if (exchange.reusable) pool.give_back(std::move(connection));
    return std::move(exchange.response);
}

}  // namespace

struct HttpClient::State {
    std::shared_ptr<Pool> pool;
};

HttpClient::HttpClient(boost::asio::io_context& io, HttpClientOptions options)
    : state_(std::make_unique<State>(State{std::make_shared<Pool>(io, std::move(options))})) {}

HttpClient::~HttpClient() {
    state_->pool->close();
}

Awaitable<HttpResponse> HttpClient::send(const HttpRequest& request) {
    const auto pool = state_->pool;
    const HttpClientOptions& options = pool->options();
    if (auto pooled = pool->take_idle()) {
        Exchange exchange = co_await pooled->exchange(request, options.request_timeout);
        // A connection that went stale while it was idle is no error: a fresh one is tried instead.
        if (!exchange.no_response) co_return finish(*pool, std::move(pooled), std::move(exchange));
    }
    HttpResponse failed;
    if (pool->closed()) {
        failed.error = "stopped before it was sent";
        co_return failed;
    }
    auto connection = pool->add();
    failed.error = co_await connection->open(pool->resolver(), options.connect_timeout);
    if (!failed.error.empty()) co_return failed;
    Exchange exchange = co_await connection->exchange(request, options.request_timeout);
    co_return finish(*pool, std::move(connection), std::move(exchange));
}

void HttpClient::redirect(Endpoint endpoint) {
    state_->pool->redirect(std::move(endpoint));
}
const Endpoint& HttpClient::endpoint() const noexcept {
    return state_->pool->origin().endpoint;
}
std::size_t HttpClient::connections() const noexcept {
    return state_->pool->connections();
}
void HttpClient::cancel() {
    state_->pool->cancel();
}
void HttpClient::close() {
    state_->pool->close();
}

}  // namespace pintle::http::client
