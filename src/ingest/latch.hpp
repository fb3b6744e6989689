#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/http/server.hpp"

namespace pintle::ingest {

// What a request waits for: a number of commits, some perhaps of other requests. One coroutine waits; `arrived` may be
// called on any thread. Owned by the waiting coroutine, which must wait once anything was expected.
class Latch {
public:
    explicit Latch(const http::Executor& executor) : executor_(executor) {}
    Latch(const Latch&) = delete;
    Latch& operator=(const Latch&) = delete;

    void expect() noexcept { left_.fetch_add(1, std::memory_order_relaxed); }

    // One of the expected is there. The last call may destroy the latch.
    void arrived(boost::system::error_code error);

    // Completes once all are there; then `failed` says whether any brought an error.
    http::Awaitable<void> wait();
    bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

private:
    friend class Waker;
    using Resume = boost::asio::async_result<boost::asio::use_awaitable_t<http::Executor>, void()>::handler_type;

    http::Executor executor_;
    std::optional<Resume> resume_;
    std::atomic<std::size_t> left_{1};  // the wait itself is one
    std::atomic<bool> failed_{false};
};

// Lets the coroutines of one io_context go on: a commit answers many, and one turn of the io_context is for all that
// came since the last. Thread-safe.
class Waker final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit Waker(boost::asio::execution_context& context);

    // The latch is the waker's until its coroutine goes on.
    void wake(Latch& latch);

private:
    void shutdown() override;
    void run();

    http::Executor executor_;
    std::mutex mutex_;
    std::vector<Latch*> woken_;
    std::vector<Latch*> resuming_;  // on the io_context's thread
};

}  // namespace pintle::ingest
