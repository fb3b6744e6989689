#include "http/session.hpp"
#include "http/tls_stream.hpp"

namespace pintle::http {

Awaitable<void> serve_tls(std::shared_ptr<Core> core, Admission admission, Shard& shard, std::size_t shard_index,
                          Socket socket) {
    if (core->stopping) co_return;
    Session<TlsStream> session(*core, shard, shard_index, admission,
                               TlsStream(std::move(socket), core->tls->native_handle()));
    co_await session.run();
}

}  // namespace pintle::http
