#include "worker_wait.hpp"

#include <gtest/gtest.h>

namespace pintle::daemon {
namespace {

constexpr std::chrono::milliseconds at_once{0};

TEST(WaitForWorker, IsFineOnceTheWorkerHasDoneIt) {
    std::promise<void> promise;
    promise.set_value();
    EXPECT_TRUE(wait_for_worker(promise.get_future(), at_once));
}

TEST(WaitForWorker, Is503IfTheWorkerDoesNotRespondInTime) {
    std::promise<void> promise;
    const auto answered = wait_for_worker(promise.get_future(), at_once);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().status, 503);
}

TEST(WaitForWorker, Is503IfTheWorkersThreadEndedBeforeIt) {
    auto done = [] { return std::promise<void>().get_future(); }();
    const auto answered = wait_for_worker(std::move(done), at_once);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().status, 503);
}

}  // namespace
}  // namespace pintle::daemon
