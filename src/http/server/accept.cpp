#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <new>
#include <utility>

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/files.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"
#include "server_state.hpp"
#include "tcp_table.hpp"

namespace pintle::http {
namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds handshake_time{250};  // of TCP; longer than most round trips
constexpr std::chrono::milliseconds handshake_poll{10};   // between two looks whether one is in progress
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

// The shard of a new connection, and what is evicted for it.
struct Placement {
    Shard* shard = nullptr;
    std::size_t index = 0;  // the shard's
    EvictionQueue* in_place_of_first = nullptr;
    bool reserved = false;
};

// Of the queues that `queue_of` returns for each shard, the one with the connection to evict first. Nothing if all
// evictions are promised to other connections already.
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

// Creates the socket on its shard's thread, where the reactor needs no lock.
Awaitable<void> serve(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard, std::size_t shard_index,
                      files::Descriptor file, boost::asio::ip::tcp protocol) {
    Socket socket(shard.executor());
    boost::system::error_code ignored;
    socket.assign(protocol, file.get(), ignored);
    if (socket.is_open()) file.release();  // else the session fails
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    auto serve_it = state->tls ? serve_tls : serve_plain;
    co_await serve_it(state, std::move(slot), shard, shard_index, std::move(socket));
}

// Distributes connections over the shards round-robin; over a limit, to the shard with the connection to evict.
class RoundRobin {
public:
    explicit RoundRobin(const std::shared_ptr<ServerState>& state) : state_(state), next_(state_->shards.begin()) {}

    void start(files::Descriptor file, const boost::asio::ip::tcp::endpoint& peer) {
        std::optional<AddressTable::Ticket> ticket;
        const auto most = state_->options.max_connections_per_address;
        if (most > 0) ticket.emplace(state_->addresses.admit(peer.address()));
        const bool too_many_of_address = ticket && ticket->count() > most;
        auto placement = place(too_many_of_address ? &ticket->entry() : nullptr);
        if (!placement) return;  // too many even for a 503
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
    // `too_many_of` is the address if it is over its limit. Returns nothing if there is no room.
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

// Out of file descriptors or memory: retrying at once would only use CPU time.
bool is_shortage(boost::system::error_code ec) {
    return ec != boost::asio::error::connection_aborted && ec != boost::asio::error::interrupted;
}

// Accepts the next connection. Returns -1 and sets `ec` if there is none.
int accept_next(Acceptor& acceptor, boost::asio::ip::tcp::endpoint& peer, boost::system::error_code& ec) {
    auto size = static_cast<socklen_t>(peer.capacity());
    const int file = ::accept4(acceptor.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ec = file < 0 ? boost::system::error_code(errno, boost::system::system_category()) : boost::system::error_code();
    if (file >= 0) peer.resize(size);
    return file;
}

// Starts up to `most` pending connections. Returns the error that ended it; none if there may be more.
boost::system::error_code accept_some(Acceptor& acceptor, RoundRobin& round_robin, int most) {
    boost::system::error_code ec;
    for (int i = 0; i < most && !ec; ++i) {
        boost::asio::ip::tcp::endpoint peer;
        const int file = accept_next(acceptor, peer, ec);
        if (!ec) round_robin.start(files::Descriptor(file), peer);
    }
    return ec;
}

// Makes the kernel drop the SYNs to a listening socket, with a BPF filter. Closing the socket resets the connections
// whose handshake is not finished: with a round trip of 50 ms, all clients that began to connect in the last 50 ms. A
// client whose SYN is dropped repeats it a second later, and is then refused or reaches the next process: so SYNs are
// dropped only while a handshake is in progress. Without support by the kernel it has no effect.
void drop_syns(int listening_socket) noexcept {
    constexpr std::uint32_t flags_offset = 13;  // in the TCP header, where the filter's view of a segment begins
    constexpr std::uint32_t syn = 0x02;
    constexpr std::uint32_t all = 0xffffffff;
    std::array<sock_filter, 4> code{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_offset),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, all),
    };
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    static_cast<void>(::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

// Whether the kernel has a connection to that port whose handshake is not finished. True where it does not say.
bool is_handshaking(std::uint16_t port) {
    bool is_known = false;
    for (const char* const name : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream table(name);
        if (!table) continue;
        is_known = true;
        if (has_handshake(table, port)) return true;
    }
    return !is_known;
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
    RoundRobin round_robin(state);
    boost::system::error_code ignored;
    acceptor.non_blocking(true, ignored);
    while (!state->draining) {
        const auto ec = accept_some(acceptor, round_robin, accepted_in_a_turn);
        if (!ec) {
            failing = false;
            co_await boost::asio::post(acceptor.get_executor(), as_value);  // let others run
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
    // No new handshake begins; those in progress get some time to finish.
    drop_syns(acceptor.native_handle());
    const auto until = Clock::now() + std::min(handshake_time, state->options.drain_grace);
    while (!state->stopping && Clock::now() < until && is_handshaking(state->port)) {
        pause.expires_after(handshake_poll);
        co_await pause.async_wait(as_value);
    }
    // Closing the acceptor would reset connections that are not accepted.
    const auto end = accept_some(acceptor, round_robin, backlog);
    if (end && end != boost::asio::error::would_block) logging::error("accept_failed error=\"{}\"", end.message());
}

}  // namespace pintle::http
