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

void ResumeQueue::wake(CommitWaiter& waiter) {
    {
        const MutexLock lock(mutex_);
        ready_.push_back(&waiter);
        if (ready_.size() > 1) return;
    }
    boost::asio::post(executor_, [this] { run(); });
}

void ResumeQueue::run() {
    {
        const MutexLock lock(mutex_);
        resuming_.swap(ready_);
    }
    for (CommitWaiter* waiter : resuming_) {
        auto resume = *std::move(waiter->resume_);  // resuming may destroy the waiter
        std::move(resume)();
    }
    resuming_.clear();
}

// The io_context ends first: destroys the coroutines.
void ResumeQueue::shutdown() {
    const MutexLock lock(mutex_);
    for (CommitWaiter* waiter : std::exchange(ready_, {})) const auto ended = *std::move(waiter->resume_);
}

}  // namespace pintle::ingest
