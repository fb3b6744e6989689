#include "pintle/delivery/sender.hpp"

#include <utility>

#include "delivery/pool.hpp"

namespace pintle::delivery {
namespace {

Answer finish(Pool& pool, std::unique_ptr<Connection> connection, Exchange exchange) {
    if (exchange.reusable) pool.give_back(std::move(connection));
    return std::move(exchange.answer);
}

}  // namespace

struct Sender::State {
    std::shared_ptr<Pool> pool;
};

Sender::Sender(boost::asio::io_context& io, SenderOptions options)
    : state_(std::make_unique<State>(State{std::make_shared<Pool>(io, std::move(options))})) {}

Sender::~Sender() {
    close();
}

Awaitable<Answer> Sender::send(const mapping::Request& request) {
    const auto pool = state_->pool;
    const SenderOptions& options = pool->options();
    if (auto pooled = pool->take_idle()) {
        Exchange exchange = co_await pooled->exchange(request, options.request_timeout);
        // A connection that went stale while it was idle is no fault of anybody's: a fresh one is tried instead.
        if (!exchange.unanswered) co_return finish(*pool, std::move(pooled), std::move(exchange));
    }
    Answer failed;
    if (pool->closed()) {
        failed.fault = "stopped before it was sent";
        co_return failed;
    }
    auto connection = pool->add();
    failed.fault = co_await connection->open(pool->resolver(), options.connect_timeout);
    if (!failed.fault.empty()) co_return failed;
    Exchange exchange = co_await connection->exchange(request, options.request_timeout);
    co_return finish(*pool, std::move(connection), std::move(exchange));
}

void Sender::redirect(Endpoint endpoint) {
    state_->pool->redirect(std::move(endpoint));
}
const Endpoint& Sender::endpoint() const noexcept {
    return state_->pool->target().endpoint;
}
std::size_t Sender::connections() const noexcept {
    return state_->pool->connections();
}
void Sender::close() {
    state_->pool->close();
}

}  // namespace pintle::delivery
