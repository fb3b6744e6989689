#include "turnstile.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "server_state.hpp"

namespace pintle::http {

struct Turnstile::Waiter {
    Waiter(Turnstile& its_turnstile, const Executor& executor) : turnstile(its_turnstile), timer(executor) {
        timer.expires_at(no_deadline);
        turnstile.waiting_.push_back(this);
    }
    ~Waiter() { std::erase(turnstile.waiting_, this); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Turnstile& turnstile;
    Timer timer;
};

Awaitable<void> Turnstile::pass(std::shared_ptr<ServerState> state, Executor executor) {
    if (closed_) {
        Waiter waiter(*this, executor);
        co_await waiter.timer.async_wait(as_value);
    } else {
        close_for_a_turn(std::move(state), executor);
    }
}

void Turnstile::close_for_a_turn(std::shared_ptr<ServerState> state, const Executor& executor) {
    closed_ = true;
    boost::asio::post(executor, [this, state = std::move(state), executor] {
        closed_ = false;
        if (waiting_.empty()) return;
        waiting_.front()->timer.cancel();
        waiting_.pop_front();
        close_for_a_turn(state, executor);
    });
}

}  // namespace pintle::http
