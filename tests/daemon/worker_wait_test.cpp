#include "worker_wait.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pintle::daemon {
namespace {

constexpr std::chrono::milliseconds at_once{0};

TEST(WaitForWorker, ReturnsTheResultOnceTheWorkerHasDoneIt) {
    std::promise<std::string> promise;
    promise.set_value("done");
    const auto done = wait_for_worker(promise.get_future(), at_once);
    ASSERT_TRUE(done);
    EXPECT_EQ(*done, "done");
}

TEST(WaitForWorker, Is503IfTheWorkerDoesNotRespondInTime) {
    std::promise<std::string> promise;
    const auto answered = wait_for_worker(promise.get_future(), at_once);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().status, 503);
}

TEST(WaitForWorker, Is503IfTheWorkersThreadEndedBeforeIt) {
    auto done = [] { return std::promise<std::string>().get_future(); }();
    const auto answered = wait_for_worker(std::move(done), at_once);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().status, 503);
}

}  // namespace
}  // namespace pintle::daemon
