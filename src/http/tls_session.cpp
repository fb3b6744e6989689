#include "http/session.hpp"

namespace pintle::http {

Awaitable<void> serve_tls(std::shared_ptr<Core> core, Admission admission, Shard& shard, Socket socket) {
    if (core->stopping) co_return;
    Session<TlsStream> session(*core, shard, TlsStream(std::move(socket), *core->tls));
    if (admission.rejected) {
        co_await session.reject();
    } else {
        co_await session.run();
    }
}

}  // namespace pintle::http
