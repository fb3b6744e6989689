#include "http/plain_stream.hpp"
#include "http/session.hpp"

namespace pintle::http {

Awaitable<void> serve_plain(std::shared_ptr<Core> core, Admission admission, Shard& shard, std::size_t shard_index,
                            Socket socket) {
    if (core->stopping) co_return;
    Session<PlainStream> session(*core, shard, shard_index, admission, PlainStream(std::move(socket)));
    co_await session.run();
}

}  // namespace pintle::http
