#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::ingest {

// Waits for a number of commits, perhaps of other requests. Owned by the one coroutine that waits, which must call
// `wait` once anything is expected. `arrived` may be called on any thread.
class CommitWaiter {
public:
    explicit CommitWaiter(const Executor& executor) : executor_(executor) {}
    CommitWaiter(const CommitWaiter&) = delete;
    CommitWaiter& operator=(const CommitWaiter&) = delete;

    void expect() noexcept {
        expects_ = true;
        left_.fetch_add(1, std::memory_order_relaxed);
    }

    // One expected commit is done. The last call may destroy the waiter.
    void arrived(boost::system::error_code error);

    // Whether anything was expected, also if that is done already.
    bool expects() const noexcept { return expects_; }

    // Returns when all are done; then `failed` says whether any failed.
    Awaitable<void> wait();
    bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

private:
    friend class ResumeQueue;
    using Resume = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void()>::handler_type;

    Executor executor_;
    std::optional<Resume> resume_;
    bool expects_ = false;
    std::atomic<std::size_t> left_{1};  // the wait itself counts as one
    std::atomic<bool> failed_{false};
};

// Resumes the coroutines of one io_context. A commit ends the wait of many: one handler resumes all that became ready
// since the last. Thread-safe.
class ResumeQueue final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit ResumeQueue(boost::asio::execution_context& context);

    // The waiter must live until its coroutine is resumed.
    void wake(CommitWaiter& waiter);

private:
    void shutdown() override;
    void run();

    Executor executor_;
    Mutex mutex_;
    std::vector<CommitWaiter*> ready_ GUARDED_BY(mutex_);
    std::vector<CommitWaiter*> resuming_;  // on the io_context's thread
};

}  // namespace pintle::ingest
