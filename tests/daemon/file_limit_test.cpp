#include "pintle/daemon/file_limit.hpp"

#include <gtest/gtest.h>

namespace pintle::daemon {
namespace {

config::Config with_pools(std::size_t destinations, std::size_t connections) {
    config::Config config;
    config.destinations.resize(destinations);
    for (auto& destination : config.destinations) destination.connections = connections;
    return config;
}

TEST(FileLimit, IsNoLimitWhereThereAreFilesEnough) {
    EXPECT_EQ(connections_within(1'000'000, with_pools(1, 64)), 10'000U);
}

TEST(FileLimit, LeavesFilesForTheJournalAndEachDestination) {
    const auto one = connections_within(4'096, with_pools(1, 64));
    EXPECT_LT(one, 4'096U - 256U - 64U);
    EXPECT_EQ(connections_within(4'096, with_pools(3, 64)), one - 128U);
}

TEST(FileLimit, LetsSomeConnectWhereThereAreVeryFewFiles) {
    EXPECT_EQ(connections_within(256, with_pools(1, 64)), 64U);
}

}  // namespace
}  // namespace pintle::daemon
