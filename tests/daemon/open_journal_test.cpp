#include "open_journal.hpp"

#include <gmock/gmock.h>

namespace pintle::daemon {
namespace {

config::Config configuration() {
    config::Config config;
    config.admin_listen = {"127.0.0.1", 9090};
    auto& source = config.sources.emplace_back();
    source.name = "web";
    source.write_keys = {"old", "new"};
    auto& destination = config.destinations.emplace_back();
    destination.name = "customerio";
    destination.site_id = "site";
    destination.api_key = "key";
    return config;
}

std::string secrets(const config::Config& config) {
    return announcement(config, "host", 9090).secrets;
}

TEST(Announcement, AHashTellsDifferentSecretsAndNothingElse) {
    const auto config = configuration();
    EXPECT_EQ(secrets(config).size(), 4);
    auto other = config;
    other.sources[0].write_keys = {"new", "old"};
    EXPECT_EQ(secrets(other), secrets(config));
    other.sources[0].write_keys = {"new"};
    EXPECT_NE(secrets(other), secrets(config));
    other = config;
    other.destinations[0].api_key = "another";
    EXPECT_NE(secrets(other), secrets(config));
    EXPECT_EQ(announcement(other, "host", 9090).configuration, announcement(config, "host", 9090).configuration);
    other = config;
    other.destinations[0].rate = 7;
    EXPECT_EQ(secrets(other), secrets(config));
    EXPECT_NE(announcement(other, "host", 9090).configuration, announcement(config, "host", 9090).configuration);
}

TEST(Announcement, TheAddressIsOneThatOthersCanUse) {
    auto config = configuration();
    EXPECT_EQ(announcement(config, "host", 9091).admin_address, "127.0.0.1:9091");
    for (const char* const all : {"0.0.0.0", "::"}) {
        config.admin_listen.host = all;
        EXPECT_EQ(announcement(config, "host", 9091).admin_address, "host:9091");
    }
}

}  // namespace
}  // namespace pintle::daemon
