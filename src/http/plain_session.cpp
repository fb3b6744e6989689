#include "http/session.hpp"

namespace pintle::http {

Awaitable<void> serve_plain(std::shared_ptr<Core> core, Admission admission, Shard& shard, Socket socket) {
    if (core->stopping) co_return;
    Session<Socket> session(*core, shard, std::move(socket));
    if (admission.rejected) {
        co_await session.reject();
    } else {
        co_await session.run();
    }
}

}  // namespace pintle::http
