#include "resolver.hpp"
#include "pintle/base/asio.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pintle::http::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

}  // namespace

struct Resolver::Lookup {
    std::string host;
    std::uint16_t port = 0;
    bool done = false;
    bool cancelled = false;
    Found found;
    std::vector<Timer*> waiting;

    void wake() {
        for (Timer* timer : waiting) timer->cancel();
    }
};

void Resolver::start(const std::string& host, std::uint16_t port) {
    lookup_ = std::make_shared<Lookup>();
    lookup_->host = host;
    lookup_->port = port;
    resolver_.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                            [lookup = lookup_](const boost::system::error_code& error, const auto& results) {
                                lookup->done = true;
                                lookup->found.error = error;
                                for (const auto& result : results) lookup->found.addresses.push_back(result.endpoint());
                                lookup->wake();
                            });
}

Awaitable<Resolver::Found> Resolver::resolve(const std::string& host, std::uint16_t port, Deadline deadline) {
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) co_return Found{{}, {tcp::endpoint(address, port)}};

    if (!lookup_ || lookup_->done || lookup_->cancelled || lookup_->host != host || lookup_->port != port) {
        start(host, port);
    }
    const auto lookup = lookup_;
    Timer timer(io_.get_executor(), deadline);
    lookup->waiting.push_back(&timer);
    co_await timer.async_wait(as_value);
    std::erase(lookup->waiting, &timer);

    if (lookup->done) co_return lookup->found;
    co_return Found{lookup->cancelled ? asio::error::operation_aborted : asio::error::timed_out, {}};
}

void Resolver::cancel() {
    if (!lookup_ || lookup_->done) return;
    lookup_->cancelled = true;
    lookup_->wake();
}

}  // namespace pintle::http::client
