#include "pintle/http/server/server.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/logging/logging.hpp"
#include "server_state.hpp"

namespace pintle::http {
namespace {

using boost::asio::ip::tcp;

// Deadlines may be late by a quarter of the shortest one, at most a second.
Clock::duration watch_tick(const ServerOptions& options) {
    const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(1'000));
}

Acceptor listen(const Executor& executor, const ServerOptions& options) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(options.host, ec);
    if (ec) throw std::runtime_error("cannot listen on \"" + options.host + "\": it is not an IP address");
    const tcp::endpoint endpoint(address, options.port);
    Acceptor acceptor(executor);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(boost::asio::socket_base::reuse_address(true), ec);
    if (!ec && address.is_v6()) acceptor.set_option(boost::asio::ip::v6_only(false), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(backlog, ec);
    if (ec) {
        const auto shown = (address.is_v6() ? "[" + options.host + "]" : options.host);
        throw std::runtime_error("cannot listen on " + shown + ":" + std::to_string(options.port) + ": " +
                                 ec.message());
    }
    return acceptor;
}

// Connections may take two thirds of the memory; requests need the rest.
void lower_connections(ServerState& state) {
    const auto each = state.tls ? tls_connection_memory : plain_connection_memory;
    const auto possible = std::max<std::size_t>(state.memory.limit() / 3 * 2 / each, 1);
    if (possible >= state.options.max_connections) return;
    const bool is_default = state.options.max_connections == ServerOptions{}.max_connections;  // nobody asked for it
    logging::log(is_default ? spdlog::level::info : spdlog::level::warn,
                 "max_connections_lowered from={} to={} message=\"each takes {} KiB of ingest.memory\"",
                 state.options.max_connections, possible, each / 1024);
    state.options.max_connections = possible;
}

// Keeps the shard's owner alive.
Awaitable<void> watch([[maybe_unused]] std::shared_ptr<ServerState> state, [[maybe_unused]] CountGuard lease,
                      Shard& shard) {
    co_await shard.watch();
}

}  // namespace

struct Server::State : ServerState {
    using ServerState::ServerState;
};

Server::Server(std::vector<boost::asio::io_context*> contexts, ServerOptions options, Handler& handler)
    : state_(std::make_shared<State>(std::move(options), handler, contexts.size())) {
    auto& settings = state_->options;
    if (state_->tls) {
        state_->replace_certificate(std::make_shared<TlsCertificate>(settings.certificate, settings.key));
    }
    lower_connections(*state_);
    state_->listening.emplace(listen(contexts.front()->get_executor(), settings));
    state_->port = state_->listening->local_endpoint().port();
    for (auto* context : contexts) {
        state_->shards.emplace_back(context->get_executor(), watch_tick(settings), *state_);
    }
}

Server::~Server() {
    stop();
    state_->listening.reset();
}

void Server::start() {
    using boost::asio::detached;
    for (auto& shard : state_->shards) {
        co_spawn(shard.executor(), watch(state_, CountGuard(state_, state_->watching), shard), detached);
    }
    co_spawn(state_->shards.front().executor(),
             accept_connections(state_, CountGuard(state_, state_->accepting), std::move(*state_->listening)),
             detached);
    state_->listening.reset();
}

std::uint16_t Server::port() const noexcept {
    return state_->port;
}

std::size_t Server::connections() const noexcept {
    return state_->connections + (state_->draining ? state_->accepting + state_->watching : 0);
}

bool Server::replace_certificate(std::shared_ptr<TlsCertificate> certificate) {
    const auto previous = state_->replace_certificate(certificate);
    return !previous->has_same_chain(*certificate);
}

std::optional<WallTime> Server::certificate_expires() const {
    const auto certificate = state_->certificate();
    return certificate ? std::optional(certificate->expires()) : std::nullopt;
}

void Server::drain() {
    if (state_->draining.exchange(true)) return;
    boost::asio::post(state_->shards.front().executor(), [state = state_] {
        boost::system::error_code ignored;
        if (state->acceptor != nullptr) state->acceptor->cancel(ignored);
        if (state->pause != nullptr) state->pause->cancel();
    });
    const auto idle_until = Clock::now() + state_->options.drain_grace;
    for (auto& shard : state_->shards) {
        boost::asio::post(shard.executor(), [state = state_, &shard, idle_until] { shard.drain(idle_until); });
    }
}

void Server::stop() {
    drain();
    if (state_->stopping.exchange(true)) return;
    boost::asio::post(state_->shards.front().executor(), [state = state_] {
        if (state->pause != nullptr) state->pause->cancel();
    });
    for (auto& shard : state_->shards) {
        boost::asio::post(shard.executor(), [state = state_, &shard] { shard.close_all(); });
    }
}

}  // namespace pintle::http
