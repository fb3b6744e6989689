#include <algorithm>
#include <new>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "http/core.hpp"
#include "http/syn_filter.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::http {
namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds handshake_time{250};  // TCP's, longer than most clients are away
constexpr std::size_t max_rejected = 256;  // connections over the limit that get an answer at the same time

void log_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const std::bad_alloc&) {
        logging::end_out_of_memory();
    } catch (const std::exception& error) {
        logging::error("connection_failed error=\"{}\"", error.what());
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
    if (!admission) {
        boost::asio::post(shard.executor(), [closed = std::move(socket)] {});  // a socket is its shard's thread's alone
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    auto serve = core->tls ? serve_tls : serve_plain;
    boost::asio::co_spawn(shard.executor(), serve(core, std::move(*admission), shard, std::move(socket)), log_failure);
}

// Out of file descriptors or memory: trying again at once would only burn the processor.
bool is_shortage(boost::system::error_code ec) {
    return ec != boost::asio::error::connection_aborted && ec != boost::asio::error::interrupted;
}

// Hands connections to the shards in turn.
class Spread {
public:
    explicit Spread(const std::shared_ptr<Core>& core) : core_(core), next_(core_->shards.begin()) {}

    Executor executor() const noexcept { return next_->executor(); }  // of the next connection

    void start(Socket socket) {
        start_session(core_, *next_, std::move(socket));
        if (++next_ == core_->shards.end()) next_ = core_->shards.begin();
    }

private:
    const std::shared_ptr<Core>& core_;
    std::list<Shard>::iterator next_;
};

// An acceptor that closes resets what waits in its backlog.
void accept_waiting(Acceptor& acceptor, Spread& spread) {
    boost::system::error_code ec;
    acceptor.non_blocking(true, ec);
    for (int i = 0; i < backlog && !ec; ++i) {
        Socket socket(spread.executor());
        acceptor.accept(socket, ec);
        if (!ec) spread.start(std::move(socket));
    }
}

}  // namespace

Awaitable<void> accept_connections(std::shared_ptr<Core> core, [[maybe_unused]] Lease lease, Acceptor its_acceptor) {
    Acceptor acceptor(std::move(its_acceptor));
    Timer pause(acceptor.get_executor());
    const Announcement<Acceptor> announced_acceptor(core->acceptor, acceptor);
    const Announcement<Timer> announced_pause(core->pause, pause);
    bool failing = false;
    Spread spread(core);
    while (!core->draining) {
        auto [ec, socket] = co_await acceptor.async_accept(spread.executor(), as_value);
        if (!ec) {
            failing = false;
            spread.start(std::move(socket));
        } else if (!core->draining && is_shortage(ec)) {
            if (!failing) logging::error("accept_failed error=\"{}\"", ec.message());
            failing = true;
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_value);
        }
    }
    // Nobody new is let in, and those whose handshake is under way have a moment to end it.
    drop_syns(acceptor.native_handle());
    if (!core->stopping) {
        pause.expires_after(std::min(handshake_time, core->options.drain_grace));
        co_await pause.async_wait(as_value);
    }
    accept_waiting(acceptor, spread);
}

}  // namespace pintle::http
