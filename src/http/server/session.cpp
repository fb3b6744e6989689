#include "session.hpp"

#include "pintle/base/asio.hpp"
#include "plain_stream.hpp"
#include "tls_stream.hpp"

namespace pintle::http {

Awaitable<void> serve_plain(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                            std::size_t shard_index, Socket socket) {
    if (state->stopping) co_return;
    Session<PlainStream> session(*state, shard, shard_index, slot, PlainStream(std::move(socket)));
    co_await session.run();
}

Awaitable<void> serve_tls(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                          std::size_t shard_index, Socket socket) {
    if (state->stopping) co_return;
    Session<TlsStream> session(*state, shard, shard_index, slot,
                               TlsStream(std::move(socket), state->certificate()->context()));
    co_await session.run();
}

}  // namespace pintle::http
