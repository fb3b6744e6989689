#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/files.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"
#include "server_state.hpp"
#include "syn_filter.hpp"

namespace pintle::http {
namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds handshake_time{250};  // TCP's, longer than most clients are away
constexpr int accepted_in_a_turn = 16;                    // of the io_context

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

// Where a new connection goes, and at whose expense.
struct Placement {
    Shard* shard = nullptr;
    std::size_t index = 0;  // the shard's
    EvictionQueue* in_place_of_first = nullptr;
    bool reserved = false;
};

// The queue whose first connection is to be cut off before those of all others, of the queue of each shard that
// `queue_of` names. Nothing: nobody can be cut off that is not promised to another connection already.
template <class QueueOf>
std::optional<Placement> place_in_turn(ServerState& state, const QueueOf& queue_of) {
    std::optional<Placement> found;
    std::int64_t lowest = EvictionQueue::nobody;
    std::size_t index = 0;
    for (Shard& shard : state.shards) {
        EvictionQueue& queue = queue_of(shard, index);
        if (queue.rank() < lowest && queue.size() > queue.promised.load()) {
            lowest = queue.rank();
            found = Placement{&shard, index, &queue, false};
        }
        ++index;
    }
    return found;
}

// The socket is made on its shard's thread: the reactor of an io_context with one thread takes no lock for it.
Awaitable<void> serve(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard, std::size_t shard_index,
                      files::Descriptor file, boost::asio::ip::tcp protocol) {
    Socket socket(shard.executor());
    boost::system::error_code ignored;
    socket.assign(protocol, file.get(), ignored);
    if (socket.is_open()) file.release();  // else the session notices
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    auto serve_it = state->tls ? serve_tls : serve_plain;
    co_await serve_it(state, std::move(slot), shard, shard_index, std::move(socket));
}

// Hands connections to the shards in turn; over a limit, to the one whose connection gives way.
class RoundRobin {
public:
    explicit RoundRobin(const std::shared_ptr<ServerState>& state) : state_(state), next_(state_->shards.begin()) {}

    void start(files::Descriptor file, const boost::asio::ip::tcp::endpoint& peer) {
        std::optional<AddressTable::Ticket> ticket;
        const auto most = state_->options.max_connections_per_address;
        if (most > 0) ticket.emplace(state_->addresses.admit(peer.address()));
        const bool too_many_of_address = ticket && ticket->count() > most;
        auto placement = place(too_many_of_address ? &ticket->entry() : nullptr);
        if (!placement) return;  // there are too many even to tell it so
        if (placement->in_place_of_first != nullptr) ++placement->in_place_of_first->promised;
        ConnectionSlot slot{CountGuard(state_, state_->connections),
                            MemoryLease(state_->memory),
                            std::move(ticket),
                            std::nullopt,
                            too_many_of_address,
                            placement->in_place_of_first};
        slot.memory.set(state_->tls ? tls_connection_memory : plain_connection_memory);
        if (placement->reserved) slot.reserved.emplace(state_, state_->reserved);
        boost::asio::co_spawn(
            placement->shard->executor(),
            serve(state_, std::move(slot), *placement->shard, placement->index, std::move(file), peer.protocol()),
            log_failure);
    }

private:
    // `too_many_of`: the address of which there are too many. Nothing: there is no place.
    std::optional<Placement> place(AddressEntry* too_many_of) {
        ServerState& state = *state_;
        const auto reserved = state.reserved.load();
        std::optional<Placement> found;
        if (too_many_of != nullptr) {
            found =
                place_in_turn(state, [&](Shard&, std::size_t i) -> EvictionQueue& { return too_many_of->by_shard[i]; });
        } else if (state.connections.load() < state.options.max_connections + reserved) {
            return next();
        } else {
            found = place_in_turn(state, [](Shard& shard, std::size_t) -> EvictionQueue& { return shard.queue; });
        }
        if (found) return found;
        if (reserved < state.options.max_reserved) {
            found = next();
        } else {
            found = place_in_turn(state, [](Shard& shard, std::size_t) -> EvictionQueue& { return shard.reserved; });
        }
        if (found) found->reserved = true;
        return found;
    }

    Placement next() {
        const Placement placement{&*next_, index_, nullptr, false};
        ++next_;
        ++index_;
        if (next_ == state_->shards.end()) {
            next_ = state_->shards.begin();
            index_ = 0;
        }
        return placement;
    }

    const std::shared_ptr<ServerState>& state_;
    std::list<Shard>::iterator next_;
    std::size_t index_ = 0;
};

// Out of file descriptors or memory: trying again at once would only burn the processor.
bool is_shortage(boost::system::error_code ec) {
    return ec != boost::asio::error::connection_aborted && ec != boost::asio::error::interrupted;
}

// The next connection that waits to be accepted; -1 where there is none, or `ec` says why not.
int accept_next(Acceptor& acceptor, boost::asio::ip::tcp::endpoint& peer, boost::system::error_code& ec) {
    auto size = static_cast<socklen_t>(peer.capacity());
    const int file = ::accept4(acceptor.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ec = file < 0 ? boost::system::error_code(errno, boost::system::system_category()) : boost::system::error_code();
    if (file >= 0) peer.resize(size);
    return file;
}

// Starts the connections that wait to be accepted, `most` of them. Why there was no more; nothing: there may be.
boost::system::error_code accept_some(Acceptor& acceptor, RoundRobin& spread, int most) {
    boost::system::error_code ec;
    for (int i = 0; i < most && !ec; ++i) {
        boost::asio::ip::tcp::endpoint peer;
        const int file = accept_next(acceptor, peer, ec);
        if (!ec) spread.start(files::Descriptor(file), peer);
    }
    return ec;
}

}  // namespace

bool ConnectionSlot::take_place(Shard& shard) noexcept {
    if (in_place_of_first == nullptr) return true;
    --in_place_of_first->promised;
    Connection* first = in_place_of_first->first();
    if (first == nullptr) return false;
    shard.evict(*first, Eviction::connection);
    return true;
}

Awaitable<void> accept_connections(std::shared_ptr<ServerState> state, [[maybe_unused]] CountGuard lease,
                                   Acceptor its_acceptor) {
    Acceptor acceptor(std::move(its_acceptor));
    Timer pause(acceptor.get_executor());
    const ScopedRegistration<Acceptor> announced_acceptor(state->acceptor, acceptor);
    const ScopedRegistration<Timer> announced_pause(state->pause, pause);
    bool failing = false;
    RoundRobin spread(state);
    boost::system::error_code ignored;
    acceptor.non_blocking(true, ignored);
    while (!state->draining) {
        const auto ec = accept_some(acceptor, spread, accepted_in_a_turn);
        if (!ec) {
            failing = false;
            co_await boost::asio::post(acceptor.get_executor(), as_value);  // others have their turn
        } else if (ec == boost::asio::error::would_block) {
            failing = false;
            co_await acceptor.async_wait(Acceptor::wait_read, as_value);
        } else if (is_shortage(ec)) {
            if (!failing) logging::error("accept_failed error=\"{}\"", ec.message());
            failing = true;
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_value);
        }
    }
    // Nobody new is let in, and those whose handshake is under way have a moment to end it.
    drop_syns(acceptor.native_handle());
    if (!state->stopping) {
        pause.expires_after(std::min(handshake_time, state->options.drain_grace));
        co_await pause.async_wait(as_value);
    }
    // An acceptor that closes resets what waits to be accepted.
    const auto end = accept_some(acceptor, spread, backlog);
    if (end && end != boost::asio::error::would_block) logging::error("accept_failed error=\"{}\"", end.message());
}

}  // namespace pintle::http
