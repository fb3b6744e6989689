#include "commit_waiter.hpp"
#include "pintle/base/asio.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>

namespace pintle::ingest {
namespace {

const auto failure = make_error_code(boost::system::errc::io_error);

struct Waiting {
    explicit Waiting(boost::asio::io_context& io) : waiter(io.get_executor()) {}

    CommitWaiter waiter;
    bool goes_on = false;
};

Awaitable<void> wait_for(std::shared_ptr<Waiting> waiting) {
    co_await waiting->waiter.wait();
    waiting->goes_on = true;
}

class Latches : public ::testing::Test {
protected:
    std::shared_ptr<Waiting> start(int expected) {
        auto waiting = std::make_shared<Waiting>(*io_);
        for (int i = 0; i < expected; ++i) waiting->waiter.expect();
        boost::asio::co_spawn(*io_, wait_for(waiting), boost::asio::detached);
        io_->poll();
        return waiting;
    }

    std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
};

TEST_F(Latches, GoOnWhenAllThatWasExpectedIsThere) {
    const auto waiting = start(2);
    waiting->waiter.arrived({});
    io_->restart();
    io_->poll();
    EXPECT_FALSE(waiting->goes_on);
    waiting->waiter.arrived({});
    EXPECT_FALSE(waiting->goes_on) << "only on its own thread";
    io_->restart();
    io_->poll();
    EXPECT_TRUE(waiting->goes_on);
    EXPECT_FALSE(waiting->waiter.failed());
}

TEST_F(Latches, GoOnAtOnceWhereNothingIsExpected) {
    EXPECT_TRUE(start(0)->goes_on);
}

TEST_F(Latches, FailWithAnyOfTheExpected) {
    const auto waiting = start(2);
    waiting->waiter.arrived(failure);
    waiting->waiter.arrived({});
    io_->restart();
    io_->poll();
    EXPECT_TRUE(waiting->goes_on);
    EXPECT_TRUE(waiting->waiter.failed());
}

TEST_F(Latches, GoOnTogetherInOneTurn) {
    const std::vector<std::shared_ptr<Waiting>> all{start(1), start(1), start(1)};
    for (const auto& each : all) each->waiter.arrived({});
    io_->restart();
    EXPECT_EQ(io_->poll_one(), 1U);
    for (const auto& each : all) EXPECT_TRUE(each->goes_on);
}

TEST_F(Latches, ThatComeWhileOthersGoOnAreNotForgotten) {
    constexpr int count = 2000;
    std::vector<std::shared_ptr<Waiting>> all;
    for (int i = 0; i < count; ++i) all.push_back(start(1));
    const auto work = boost::asio::make_work_guard(*io_);
    std::thread commits([&] {
        for (const auto& each : all) each->waiter.arrived({});
    });
    io_->restart();
    const auto waits = [&] { return std::ranges::any_of(all, [](const auto& each) { return !each->goes_on; }); };
    while (waits()) io_->run_one();
    commits.join();
}

TEST_F(Latches, EndWithTheirContextBeforeTheyCouldGoOn) {
    auto waiting = start(1);
    waiting->waiter.arrived({});
    const std::weak_ptr<Waiting> still_there = waiting;
    waiting.reset();
    io_.reset();
    EXPECT_TRUE(still_there.expired()) << "its coroutine has ended";
}

}  // namespace
}  // namespace pintle::ingest
