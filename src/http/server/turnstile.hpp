#pragma once

#include <deque>
#include <memory>

#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::http {

struct ServerState;

// Admits one coroutine per turn of the thread's io_context, so that expensive steps (TLS handshakes) of many
// connections do not delay all other work.
class Turnstile {
public:
    // In the order of the calls. Waiting keeps `state`, the owner of this, alive.
    Awaitable<void> pass(std::shared_ptr<ServerState> state, Executor executor);

private:
    struct Waiter;

    void close_for_a_turn(std::shared_ptr<ServerState> state, const Executor& executor);

    bool closed_ = false;
    std::deque<Waiter*> waiting_;
};

}  // namespace pintle::http
