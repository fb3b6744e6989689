#include "reload.hpp"

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::Config running() {
    config::Config config;
    auto& destination = config.destinations.emplace_back();
    destination.name = "customerio";
    destination.rate = 100;
    auto& source = config.sources.emplace_back();
    source.name = "web";
    source.destination = "customerio";
    return config;
}

TEST(PlanReload, TakesOverWhatCanChangeAndNamesWhatNeedsARestart) {
    auto loaded = running();
    loaded.destinations[0].rate = 5;
    loaded.ingest.threads = 9;
    const auto plan = plan_reload(running(), loaded, {}, false);
    ASSERT_TRUE(plan.config);
    EXPECT_EQ(plan.config->destinations[0].rate, 5);
    EXPECT_EQ(plan.config->ingest.threads, running().ingest.threads);
    EXPECT_THAT(plan.result.changed, ElementsAre("destinations[customerio].rate"));
    EXPECT_THAT(plan.result.needs_restart, ElementsAre("ingest.threads"));
    EXPECT_THAT(plan.result.problems, IsEmpty());
}

TEST(PlanReload, TheSameConfigurationIsInForceAgainWithoutAChange) {
    const auto plan = plan_reload(running(), running(), {}, false);
    EXPECT_TRUE(plan.config);
    EXPECT_THAT(plan.result.changed, IsEmpty());
    EXPECT_THAT(plan.result.needs_restart, IsEmpty());
}

TEST(PlanReload, AProblemLeavesEverythingAsItIs) {
    auto loaded = running();
    loaded.destinations[0].rate = 5;
    const auto plan = plan_reload(running(), loaded, {"destinations[customerio]: no ca_file"}, false);
    EXPECT_FALSE(plan.config);
    EXPECT_THAT(plan.result.problems, ElementsAre("destinations[customerio]: no ca_file"));
    EXPECT_THAT(plan.result.changed, IsEmpty());
}

TEST(PlanReload, ADaemonThatShutsDownLoadsNothing) {
    auto loaded = running();
    loaded.destinations[0].rate = 5;
    const auto plan = plan_reload(running(), loaded, {}, true);
    EXPECT_FALSE(plan.config);
    EXPECT_THAT(plan.result.problems, ElementsAre("the daemon is shutting down"));
}

}  // namespace
}  // namespace pintle::daemon
