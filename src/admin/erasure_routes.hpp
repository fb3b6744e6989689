#pragma once

#include <boost/asio/thread_pool.hpp>

#include "dead_letter_routes.hpp"
#include "pintle/admin/admin.hpp"
#include "pintle/base/asio.hpp"

namespace pintle::admin {

// POST /api/erase: the pending events and the dead letters of a person. `blocking_pool` runs what may block.
Awaitable<LettersChanged> answer_erase(Control& control, DeadLetterOperations& dead_letters,
                                       boost::asio::thread_pool& blocking_pool, const http::Request& request,
                                       http::Response& response);

}  // namespace pintle::admin
