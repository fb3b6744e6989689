#include "commit_waiter.hpp"
#include "pintle/base/asio.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace pintle::ingest {

void CommitWaiter::arrived(boost::system::error_code error) {
    if (error) failed_.store(true, std::memory_order_relaxed);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    boost::asio::use_service<ResumeQueue>(executor_.context()).wake(*this);
}

Awaitable<void> CommitWaiter::wait() {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
        [this](Resume resume) {
            resume_.emplace(std::move(resume));
            arrived({});
        },
        awaiting);
}

boost::asio::execution_context::id ResumeQueue::id;

ResumeQueue::ResumeQueue(boost::asio::execution_context& context)
    : service(context), executor_(static_cast<boost::asio::io_context&>(context).get_executor()) {}

void ResumeQueue::wake(CommitWaiter& latch) {
    {
        const std::lock_guard lock(mutex_);
        woken_.push_back(&latch);
        if (woken_.size() > 1) return;
    }
    boost::asio::post(executor_, [this] { run(); });
}

void ResumeQueue::run() {
    {
        const std::lock_guard lock(mutex_);
        resuming_.swap(woken_);
    }
    for (CommitWaiter* latch : resuming_) {
        auto resume = *std::move(latch->resume_);  // the latch may be gone once it goes on
        std::move(resume)();
    }
    resuming_.clear();
}

// The io_context ends before they could go on: their coroutines end with it.
void ResumeQueue::shutdown() {
    for (CommitWaiter* latch : std::exchange(woken_, {})) const auto ended = *std::move(latch->resume_);
}

}  // namespace pintle::ingest
