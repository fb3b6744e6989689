#include "pool.hpp"
#include "pintle/http/client/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace pintle::http::client {
namespace {

constexpr Milliseconds a_moment{1};
constexpr Milliseconds least_sweep{5};
constexpr Milliseconds longest_sweep{5'000};

}  // namespace

Pool::Pool(boost::asio::io_context& io, HttpClientOptions options)
    : io_(io),
      options_(std::move(options)),
      tls_(make_tls_context(options_.ca_file)),
      origin_(std::make_shared<Origin>(options_.endpoint, options_)),
      resolver_(io),
      sweep_(io.get_executor()) {}

std::unique_ptr<Connection> Pool::take_idle() {
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (usable(*connection)) return connection;
    }
    return nullptr;
}

std::unique_ptr<Connection> Pool::add() {
    auto connection = std::make_unique<Connection>(io_, tls_, origin_, count_);
    open_.push_back(*connection);
    return connection;
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
    if (closed_ || connection->origin() != origin_ || idle_.size() >= options_.connections) return;
    connection->idle_since = Clock::now();
    idle_.push_back(std::move(connection));
    sweep_later();
}

void Pool::redirect(Endpoint endpoint) {
    idle_.clear();
    origin_ = std::make_shared<Origin>(std::move(endpoint), options_);
}

void Pool::cancel() {
    idle_.clear();
    resolver_.cancel();
    for (Connection& connection : open_) connection.close();
}

void Pool::close() {
    closed_ = true;
    sweep_.cancel();
    cancel();
}

// A connection that was used a moment ago is not checked, which would cost a system call for each request.
bool Pool::usable(Connection& connection) const {
    const auto idle = Clock::now() - connection.idle_since;
    return idle < options_.idle_timeout && (idle < a_moment || connection.is_idle_and_open());
}

void Pool::sweep_later() {
    if (sweeping_) return;
    sweeping_ = true;
    sweep_.expires_after(std::clamp(options_.idle_timeout / 2, least_sweep, longest_sweep));
    sweep_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto pool = weak.lock();
        if (error || !pool) return;
        std::erase_if(pool->idle_, [&](const auto& connection) { return !pool->usable(*connection); });
        pool->sweeping_ = false;
        if (!pool->idle_.empty()) pool->sweep_later();
    });
}

}  // namespace pintle::http::client
