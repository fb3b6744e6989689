#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>

#include "http/core.hpp"

namespace pintle::http {
namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::size_t max_rejected = 256;  // connections over the limit that get an answer at the same time

void log_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const std::exception& error) {
        spdlog::error("connection_failed error=\"{}\"", error.what());
    }
}

// Nothing where there are too many connections even to tell this one so.
std::optional<Admission> admit(const std::shared_ptr<Core>& core) {
    const auto rejected = core->rejected.load();
    if (core->connections.load() < core->options.max_connections + rejected) {
        return Admission{Lease(core, core->connections), std::nullopt};
    }
    if (rejected >= max_rejected) return std::nullopt;
    return Admission{Lease(core, core->connections), Lease(core, core->rejected)};
}

void start_session(const std::shared_ptr<Core>& core, Shard& shard, Socket socket) {
    auto admission = admit(core);
    if (!admission) return;
    boost::system::error_code ignored;
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    auto serve = core->tls ? serve_tls : serve_plain;
    boost::asio::co_spawn(shard.executor(), serve(core, std::move(*admission), shard, std::move(socket)), log_failure);
}

// Out of file descriptors or memory: trying again at once would only burn the processor.
bool is_shortage(boost::system::error_code ec) {
    return ec != boost::asio::error::connection_aborted && ec != boost::asio::error::interrupted;
}

}  // namespace

Awaitable<void> accept_connections(std::shared_ptr<Core> core, [[maybe_unused]] Lease lease, Acceptor its_acceptor) {
    Acceptor acceptor(std::move(its_acceptor));
    Timer pause(acceptor.get_executor());
    const Announcement<Acceptor> announced_acceptor(core->acceptor, acceptor);
    const Announcement<Timer> announced_pause(core->pause, pause);
    bool failing = false;
    for (auto shard = core->shards.begin(); !core->draining;) {
        auto [ec, socket] = co_await acceptor.async_accept(shard->executor(), as_value);
        if (!ec) {
            failing = false;
            start_session(core, *shard, std::move(socket));
            if (++shard == core->shards.end()) shard = core->shards.begin();
        } else if (!core->draining && is_shortage(ec)) {
            if (!failing) spdlog::error("accept_failed error=\"{}\"", ec.message());
            failing = true;
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_value);
        }
    }
}

}  // namespace pintle::http
