#include "eviction_queue.hpp"

#include <gtest/gtest.h>

#include "shard.hpp"

namespace pintle::http {
namespace {

using Group = EvictionQueue::Group;

struct TestConnection : Connection {
    Socket& socket() noexcept override { std::terminate(); }
    void free_memory() noexcept override {}
};

TimePoint at(int seconds) {
    return TimePoint(std::chrono::seconds(seconds));
}

TEST(EvictionQueue, NamesWhoJoinedFirst) {
    EvictionQueue queue;
    TestConnection one;
    TestConnection two;
    EXPECT_EQ(queue.first(), nullptr);
    one.place.join(queue, Group::idle, at(1));
    two.place.join(queue, Group::idle, at(2));
    EXPECT_EQ(queue.first(), &one);
    one.place.leave();
    one.place.join(queue, Group::idle, at(3));
    EXPECT_EQ(queue.first(), &two);
    EXPECT_EQ(queue.size(), 2U);
}

TEST(EvictionQueue, NamesIdleOnesBeforeHeadersBeforeStalledOnesHoweverLongTheyAreThere) {
    EvictionQueue queue;
    TestConnection stalled;
    TestConnection header;
    TestConnection idle;
    stalled.place.join(queue, Group::stalled, at(1));
    header.place.join(queue, Group::header, at(2));
    idle.place.join(queue, Group::idle, at(3));
    EXPECT_EQ(queue.first(), &idle);
    idle.place.leave();
    EXPECT_EQ(queue.first(), &header);
    header.place.leave();
    EXPECT_EQ(queue.first(), &stalled);
}

TEST(EvictionQueue, KeepsThePlaceOfWhoJoinsTheSameGroupAgain) {
    EvictionQueue queue;
    TestConnection drips;
    TestConnection other;
    drips.place.join(queue, Group::header, at(1));
    other.place.join(queue, Group::header, at(2));
    drips.place.join(queue, Group::header, at(3));
    EXPECT_EQ(queue.first(), &drips);
}

TEST(EvictionQueue, RanksLowestWithTheConnectionToEvictFirst) {
    EvictionQueue headers;
    EvictionQueue idles;
    EvictionQueue empty;
    TestConnection header;
    TestConnection idle;
    TestConnection longer_idle;
    header.place.join(headers, Group::header, at(1));
    idle.place.join(idles, Group::idle, at(9));
    EXPECT_LT(idles.rank(), headers.rank());
    EXPECT_LT(headers.rank(), empty.rank());
    longer_idle.place.join(headers, Group::idle, at(8));
    EXPECT_LT(headers.rank(), idles.rank());
}

TEST(EvictionQueue, RemovesAConnectionThatEnds) {
    EvictionQueue queue;
    {
        TestConnection gone;
        gone.place.join(queue, Group::idle, at(1));
    }
    EXPECT_EQ(queue.first(), nullptr);
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.rank(), EvictionQueue::nobody);
}

}  // namespace
}  // namespace pintle::http
