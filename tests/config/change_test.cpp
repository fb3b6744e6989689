#include "pintle/config/change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintle::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Source source(const std::string& name, const std::string& destination = "customerio") {
    Source source;
    source.name = name;
    source.write_keys = {name + "-key"};
    source.destination = destination;
    return source;
}

Destination destination(const std::string& name) {
    Destination destination;
    destination.name = name;
    destination.site_id = "s";
    destination.api_key = "k";
    return destination;
}

Config running() {
    Config config;
    config.sources = {source("web")};
    config.destinations = {destination("customerio"), destination("eu")};
    return config;
}

TEST(ConfigChange, TheSameConfigurationChangesNothing) {
    const auto change = change_of(running(), running());
    EXPECT_THAT(change.changed, IsEmpty());
    EXPECT_THAT(change.needs_restart, IsEmpty());
}

TEST(ConfigChange, SourcesAndDestinationsChangeFieldByField) {
    auto next = running();
    next.sources[0].write_keys = {"old", "new"};
    next.destinations[1].rate = 7;
    next.destinations[1].exclude = {{customerio::EventType::page, {}}};
    next.destinations[1].consent = {{customerio::ConsentProvider::ketch, {"ads"}, {}}};
    next.destinations[1].api_key = "other";
    next.destinations[1].max_age = 1h;
    next.destinations[1].mapping.api_version = customerio::ApiVersion::v2;
    next.log_level = "debug";
    next.ingest.cors_origins = {"https://shop.example"};
    const auto change = change_of(running(), next);
    EXPECT_THAT(change.changed, ElementsAre("ingest.cors_origins", "log.level", "destinations[eu].api_key",
                                            "destinations[eu].api_version", "destinations[eu].events.exclude",
                                            "destinations[eu].consent", "destinations[eu].rate",
                                            "destinations[eu].retry.max_age", "sources[web].write_key"));
    EXPECT_THAT(change.needs_restart, IsEmpty());
    EXPECT_THAT(change.config.sources[0].write_keys, ElementsAre("old", "new"));
    EXPECT_EQ(change.config.destinations[1].api_key, "other");
    EXPECT_EQ(change.config.log_level, "debug");
}

TEST(ConfigChange, ACertificateChangesButTlsDoesNotBeginOrEnd) {
    auto plain = running();
    auto encrypted = running();
    encrypted.ingest.certificate = "a.pem";
    encrypted.ingest.key = "a.key";
    auto other = encrypted;
    other.ingest.certificate = "b.pem";

    const auto replaced = change_of(encrypted, other);
    EXPECT_THAT(replaced.changed, ElementsAre("ingest.tls.certificate"));
    EXPECT_EQ(replaced.config.ingest.certificate, "b.pem");

    const auto begun = change_of(plain, encrypted);
    EXPECT_THAT(begun.needs_restart, ElementsAre("ingest.tls.certificate", "ingest.tls.key"));
    EXPECT_EQ(begun.config.ingest.certificate, "");

    const auto ended = change_of(encrypted, plain);
    EXPECT_THAT(ended.needs_restart, ElementsAre("ingest.tls.certificate", "ingest.tls.key"));
    EXPECT_EQ(ended.config.ingest.certificate, "a.pem");
}

TEST(ConfigChange, WhatTheDaemonBeganWithStaysInForceAndIsNamed) {
    auto next = running();
    next.listen.port = 1;
    next.ingest.threads = 9;
    next.journal_directory = "/elsewhere";
    next.ingest.dedupe_window = 1min;
    next.admin_token = "t";
    next.redact = true;
    const auto change = change_of(running(), next);
    EXPECT_THAT(change.needs_restart,
                ElementsAre("listen", "ingest.dedupe_window", "ingest.threads", "journal.directory"));
    EXPECT_THAT(change.changed, ElementsAre("admin.token", "admin.redact"));
    EXPECT_EQ(change.config.listen, running().listen);
    EXPECT_EQ(change.config.ingest.threads, running().ingest.threads);
    EXPECT_EQ(change.config.journal_directory, running().journal_directory);
    EXPECT_EQ(change.config.ingest.dedupe_window, running().ingest.dedupe_window);
}

TEST(ConfigChange, SourcesComeAndGo) {
    auto next = running();
    next.sources = {source("app"), source("server")};
    const auto change = change_of(running(), next);
    EXPECT_THAT(change.changed,
                ElementsAre("sources[app] (added)", "sources[server] (added)", "sources[web] (removed)"));
    ASSERT_EQ(change.config.sources.size(), 2U);
    EXPECT_EQ(change.config.sources[0].name, "app");
}

TEST(ConfigChange, ASourceMayGoToAnotherDestination) {
    auto next = running();
    next.sources[0].destination = "eu";
    const auto change = change_of(running(), next);
    EXPECT_THAT(change.changed, ElementsAre("sources[web].destination"));
    EXPECT_EQ(change.config.sources[0].destination, "eu");
}

TEST(ConfigChange, ASourceMayGetAndLoseADestination) {
    auto both = running();
    both.sources[0].destination.clear();
    both.sources[0].destinations = {"customerio", "eu"};
    auto change = change_of(running(), both);
    EXPECT_THAT(change.changed, ElementsAre("sources[web].destinations"));
    EXPECT_THAT(change.needs_restart, IsEmpty());
    EXPECT_THAT(change.config.sources[0].destination_names(), ElementsAre("customerio", "eu"));
    change = change_of(both, running());
    EXPECT_THAT(change.changed, ElementsAre("sources[web].destinations"));
    EXPECT_THAT(change.config.sources[0].destination_names(), ElementsAre("customerio"));
}

TEST(ConfigChange, DestinationsComeAndGo) {
    auto next = running();
    next.destinations = {destination("new"), destination("eu")};
    next.destinations[1].rate = 7;
    next.destinations[1].max_journal_size = 1'000'000;
    next.sources[0].destination = "new";
    const auto change = change_of(running(), next);
    EXPECT_THAT(change.needs_restart, IsEmpty());
    EXPECT_THAT(change.changed,
                ElementsAre("destinations[new] (added)", "destinations[eu].rate", "destinations[eu].max_journal_size",
                            "destinations[customerio] (removed)", "sources[web].destination"));
    ASSERT_EQ(change.config.destinations.size(), 2U);
    EXPECT_EQ(change.config.destinations[0].name, "new");
    EXPECT_EQ(change.config.destinations[1].rate, 7);
    EXPECT_EQ(change.config.sources[0].destination, "new");
}

}  // namespace
}  // namespace pintle::config
