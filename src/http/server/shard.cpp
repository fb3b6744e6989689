#include "shard.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "server_state.hpp"

namespace pintle::http {
namespace {

constexpr std::size_t lent_part = 8;  // the fraction of a budget that may be lent
constexpr Clock::duration draining_tick = std::chrono::milliseconds(20);

void cancel(Connection& connection) {
    boost::system::error_code ignored;
    connection.socket().cancel(ignored);
}

}  // namespace

Awaitable<void> Shard::watch() {
    Timer timer(executor_);
    const ScopedRegistration<Timer> announcement(timer_, timer);
    while (!state_.is_over()) {
        timer.expires_after(state_.draining ? std::min(tick_, draining_tick) : tick_);
        co_await timer.async_wait(as_value);
        cancel_expired(Clock::now());
    }
}

void Shard::cancel_expired(TimePoint now) {
    for (auto& connection : connections_) {
        if (connection.deadline > now) continue;
        connection.timed_out = true;
        cancel(connection);
    }
}

void Shard::drain(TimePoint idle_until) {
    for (auto& connection : connections_) {
        if (connection.idle) connection.deadline = std::min(connection.deadline, idle_until);
    }
    if (timer_ != nullptr) timer_->cancel();
}

void Shard::close_all() {
    for (auto& connection : connections_) {
        boost::system::error_code ignored;
        connection.socket().close(ignored);
    }
}

void Shard::evict(Connection& connection, Eviction why) noexcept {
    connection.eviction = why;
    connection.is_busy();
    connection.handshake.leave();
    connection.holding.leave();
    if (why == Eviction::memory) connection.free_memory();
    cancel(connection);
}

Room Shard::make_room(MemoryLease& lease, std::size_t bytes, Holder holder, const Connection& asking) {
    MemoryBudget& budget = state_.budget(holder);
    while (!lease.resize(bytes)) {
        Shard* shard = state_.shard_of_first_holder(holder);
        if (shard == nullptr) return Room::none;
        if (shard != this) {
            if (budget.is_exceeded(bytes - lease.bytes(), budget.limit() / lent_part)) return Room::later;
            lease.set(bytes);
            boost::asio::post(shard->executor(),
                              [state = state_.shared_from_this(), shard, holder] { shard->evict_holders(holder); });
            return Room::lent;
        }
        Connection* first = holders(holder).first();
        if (first == nullptr || first == &asking) return Room::none;
        evict(*first, Eviction::memory);
    }
    return Room::taken;
}

void Shard::evict_holders(Holder holder) noexcept {
    const MemoryBudget& budget = state_.budget(holder);
    while (budget.is_exceeded()) {
        Connection* first = holders(holder).first();
        if (first == nullptr) break;
        evict(*first, Eviction::memory);
    }
}

void Shard::begin_handshake(Connection& connection, TimePoint now) {
    const auto most = std::max<std::size_t>(state_.options.max_handshakes / state_.shards.size(), 1);
    if (handshaking_.size() >= most) evict(*handshaking_.first(), Eviction::connection);
    connection.handshake.join(handshaking_, EvictionQueue::Group::header, now);
}

}  // namespace pintle::http
