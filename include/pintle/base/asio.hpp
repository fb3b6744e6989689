#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pintle {

// Asio's types for an io_context's own executor, which costs less than the type-erased default.
using Executor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Completion tokens: the first throws errors, the second returns them.
inline constexpr boost::asio::use_awaitable_t<Executor> awaiting{};
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> as_value{};

}  // namespace pintle
