#pragma once

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pintle/base/asio.hpp"

namespace pintle {

// Runs `work` on a thread of `pool`, which may block, and rethrows what it throws. `pool` must outlive that.
template <class Work>
Awaitable<void> on(boost::asio::thread_pool& pool, Work work) {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::async_initiate<decltype(awaiting), void(std::exception_ptr)>(
        [&pool, &work, executor](auto handler) {
            boost::asio::post(pool, [&work, executor, handler = std::move(handler)]() mutable {
                std::exception_ptr thrown;
                try {
                    work();
                } catch (...) {
                    thrown = std::current_exception();
                }
                boost::asio::post(executor,
                                  [handler = std::move(handler), thrown]() mutable { std::move(handler)(thrown); });
            });
        },
        awaiting);
}

}  // namespace pintle
