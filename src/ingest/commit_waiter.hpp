#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::ingest {

// What a request waits for: a number of commits, some perhaps of other requests. One coroutine waits; `arrived` may be
// called on any thread. Owned by the waiting coroutine, which must wait once anything was expected.
class CommitWaiter {
public:
    explicit CommitWaiter(const Executor& executor) : executor_(executor) {}
    CommitWaiter(const CommitWaiter&) = delete;
    CommitWaiter& operator=(const CommitWaiter&) = delete;

    void expect() noexcept { left_.fetch_add(1, std::memory_order_relaxed); }

    // One of the expected is there. The last call may destroy the latch.
    void arrived(boost::system::error_code error);

    // Completes once all are there; then `failed` says whether any brought an error.
    Awaitable<void> wait();
    bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

private:
    friend class ResumeQueue;
    using Resume = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void()>::handler_type;

    Executor executor_;
    std::optional<Resume> resume_;
    std::atomic<std::size_t> left_{1};  // the wait itself is one
    std::atomic<bool> failed_{false};
};

// Lets the coroutines of one io_context go on: a commit answers many, and one turn of the io_context is for all that
// came since the last. Thread-safe.
class ResumeQueue final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit ResumeQueue(boost::asio::execution_context& context);

    // The latch is the waker's until its coroutine goes on.
    void wake(CommitWaiter& latch);

private:
    void shutdown() override;
    void run();

    Executor executor_;
    std::mutex mutex_;
    std::vector<CommitWaiter*> woken_;
    std::vector<CommitWaiter*> resuming_;  // on the io_context's thread
};

}  // namespace pintle::ingest
