#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/http/server.hpp"

namespace pintle::ingress {

// What a request waits for: a number of commits, some perhaps of other requests. One coroutine waits; `arrived` may be
// called on any thread. Owned by the waiting coroutine, which must wait once anything was expected.
class Latch {
public:
    explicit Latch(const http::Executor& executor) : executor_(executor) {}

    void expect() noexcept { left_.fetch_add(1, std::memory_order_relaxed); }

    // One of the expected is there. The last call may destroy the latch.
    void arrived(boost::system::error_code error) {
        if (error) failed_.store(true, std::memory_order_relaxed);
        if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        auto resume = std::move(resume_);
        resume->run(failed_.load(std::memory_order_relaxed) ? make_error_code(boost::system::errc::io_error)
                                                            : boost::system::error_code{});
    }

    // Completes with the error of any, once all are there.
    template <class Token>
    auto wait(Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
            [this](auto handler) {
                resume_ = std::make_unique<ResumeOf<decltype(handler)>>(std::move(handler), executor_);
                arrived({});
            },
            token);
    }

private:
    struct Resume {
        virtual ~Resume() = default;
        virtual void run(boost::system::error_code error) = 0;
    };

    template <class Handler>
    struct ResumeOf final : Resume {
        ResumeOf(Handler h, const http::Executor& e) : handler(std::move(h)), executor(e) {}
        void run(boost::system::error_code error) override {
            boost::asio::post(executor, [h = std::move(handler), error]() mutable { std::move(h)(error); });
        }
        Handler handler;
        http::Executor executor;
    };

    http::Executor executor_;
    std::unique_ptr<Resume> resume_;
    std::atomic<std::size_t> left_{1};  // the wait itself is one
    std::atomic<bool> failed_{false};
};

}  // namespace pintle::ingress
