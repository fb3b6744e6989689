#pragma once

#include <deque>
#include <memory>

#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::http {

struct ServerState;

// Lets coroutines of one thread pass one at a time, each in a turn of its own of the io_context: what all of them do
// takes no more of the thread than one of them between any two looks at everything else.
class Turnstile {
public:
    // First come, first served. Whoever waits keeps `state` alive, to which this belongs.
    Awaitable<void> pass(std::shared_ptr<ServerState> state, Executor executor);

private:
    struct Waiter;

    void close_for_a_turn(std::shared_ptr<ServerState> state, const Executor& executor);

    bool closed_ = false;
    std::deque<Waiter*> waiting_;
};

}  // namespace pintle::http
