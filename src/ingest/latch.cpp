#include "ingest/latch.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace pintle::ingest {

void Latch::arrived(boost::system::error_code error) {
    if (error) failed_.store(true, std::memory_order_relaxed);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    boost::asio::use_service<Waker>(executor_.context()).wake(*this);
}

http::Awaitable<void> Latch::wait() {
    constexpr boost::asio::use_awaitable_t<http::Executor> awaiting{};
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<http::Executor>, void()>(
        [this](Resume resume) {
            resume_.emplace(std::move(resume));
            arrived({});
        },
        awaiting);
}

boost::asio::execution_context::id Waker::id;

Waker::Waker(boost::asio::execution_context& context)
    : service(context), executor_(static_cast<boost::asio::io_context&>(context).get_executor()) {}

void Waker::wake(Latch& latch) {
    {
        const std::lock_guard lock(mutex_);
        woken_.push_back(&latch);
        if (woken_.size() > 1) return;
    }
    boost::asio::post(executor_, [this] { run(); });
}

void Waker::run() {
    {
        const std::lock_guard lock(mutex_);
        resuming_.swap(woken_);
    }
    for (Latch* latch : resuming_) {
        auto resume = *std::move(latch->resume_);  // the latch may be gone once it goes on
        std::move(resume)();
    }
    resuming_.clear();
}

// The io_context ends before they could go on: their coroutines end with it.
void Waker::shutdown() {
    for (Latch* latch : std::exchange(woken_, {})) const auto ended = *std::move(latch->resume_);
}

}  // namespace pintle::ingest
