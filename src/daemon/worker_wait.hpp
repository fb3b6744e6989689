#pragma once

#include <chrono>
#include <future>

#include "pintle/admin/result.hpp"

namespace pintle::daemon {

// Waits until a worker has done what it was asked to. 503 if it has not within `limit`, or never will, as its thread
// has ended; it may still be done later.
template <class T>
admin::ApiResult<T> wait_for_worker(std::future<T> done, std::chrono::milliseconds limit) {
    if (done.wait_for(limit) != std::future_status::ready) {
        return admin::ApiError{503, "the destination did not respond in time; try again"};
    }
    try {
        return done.get();
    } catch (const std::future_error&) {
        return admin::ApiError{503, "the daemon is being stopped"};
    }
}

}  // namespace pintle::daemon
