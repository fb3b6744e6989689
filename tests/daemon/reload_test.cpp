#include "reload.hpp"

#include <stdexcept>

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

using namespace std::chrono_literals;
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

TEST(NameRenames, ATakeoverIsNeitherAnAddedNorARemovedDestination) {
    std::vector<std::string> changed{"destinations[staging] (added)", "destinations[staging].rate",
                                     "destinations[test] (removed)", "destinations[other] (added)"};
    name_renames({{"test", "staging", false}}, {{"staging", 5, 50, 1, false}}, changed);
    EXPECT_THAT(changed, ElementsAre("destinations[staging] (renamed from test: 5 pending events, 1 dead letter)",
                                     "destinations[staging].rate", "destinations[other] (added)"));
}

TEST(OrphanWarnings, SayWhatIsKeptAndHowItIsTakenOver) {
    const admin::OrphanedStream stream{"staging", 3, 30, 4, {}};
    auto config = running();
    EXPECT_THAT(orphan_warnings({stream}, config),
                ElementsAre("the stream staging has no destination: its 3 pending events, 4 dead letters are kept and "
                            "not delivered; if a destination has another name now, add `formerly: [staging]` to it and "
                            "restart; `pintle journal discard staging --yes` deletes them"));
    EXPECT_THAT(orphan_warnings({}, config), IsEmpty());
    config.journal_backend = config::JournalBackend::kafka;
    EXPECT_THAT(orphan_warnings({stream}, config),
                ElementsAre("the stream staging has no destination: its 3 pending events, 4 dead letters are kept and "
                            "not delivered; `pintle journal discard staging --yes` deletes them"));
    config.destinations[0].formerly = {"staging"};
    EXPECT_THAT(orphan_warnings({stream}, config), IsEmpty()) << "the restart that it needs is named";
}

TEST(PlanReload, ADaemonThatShutsDownLoadsNothing) {
    auto loaded = running();
    loaded.destinations[0].rate = 5;
    const auto plan = plan_reload(running(), loaded, {}, true);
    EXPECT_FALSE(plan.config);
    EXPECT_THAT(plan.result.problems, ElementsAre("the daemon is shutting down"));
}

constexpr WallTime start{1'700'000'000s};

TEST(ReloadHistory, BeginsWithTheConfigurationOfTheStart) {
    const ReloadHistory history(start);
    EXPECT_EQ(history.status().loaded, start);
    EXPECT_FALSE(history.status().rejected);
}

TEST(ReloadHistory, RemembersTheProblemsOfTheLastRejectionAndTheTimeOfTheFirst) {
    ReloadHistory history(start);
    history.add_rejection(start + 1s, "SIGHUP", {"a", "b"});
    history.add_rejection(start + 2s, "api", {"c"});
    const auto& status = history.status();
    EXPECT_EQ(status.loaded, start);
    ASSERT_TRUE(status.rejected);
    EXPECT_EQ(status.rejected->since, start + 1s);
    EXPECT_EQ(status.rejected->by, "api");
    EXPECT_THAT(status.rejected->problems, ElementsAre("c"));
}

TEST(ReloadHistory, ASuccessEndsARejection) {
    ReloadHistory history(start);
    history.add_rejection(start + 1s, "api", {"a"});
    history.add_success(start + 2s, {});
    EXPECT_EQ(history.status().loaded, start + 2s);
    EXPECT_FALSE(history.status().rejected);
    history.add_rejection(start + 3s, "api", {"a"});
    EXPECT_EQ(history.status().rejected->since, start + 3s);
}

TEST(ReloadHistory, KeysWaitForARestartUntilAnotherReloadSucceeds) {
    ReloadHistory history(start);
    history.add_success(start + 1s, {"listen"});
    EXPECT_THAT(history.status().pending_restart, ElementsAre("listen"));
    history.add_rejection(start + 2s, "api", {"a"});
    EXPECT_THAT(history.status().pending_restart, ElementsAre("listen"));
    history.add_success(start + 3s, {});
    EXPECT_THAT(history.status().pending_restart, IsEmpty());
}

TEST(ReloadInProgress, EndsWithAnExceptionOfAnyKind) {
    bool reloading = false;
    const auto reload = [&] {
        const ReloadInProgress in_progress(reloading);
        EXPECT_TRUE(reloading);
        throw std::logic_error("no such stream");
    };
    EXPECT_THROW(reload(), std::logic_error);
    EXPECT_FALSE(reloading);
}

}  // namespace
}  // namespace pintle::daemon
