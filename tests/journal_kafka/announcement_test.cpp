#include "kafka/announcement.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime begin(1'000'000ms);

NodeAnnouncement announcement(NodeId node, std::string name, WallTime started) {
    return {node, std::move(name), {"1.0", "hash", "127.0.0.1:1"}, started, {}};
}

TEST(NodeAnnouncement, HasWhatAnOwnerSaysOfItsDelivery) {
    auto sent = announcement(1, "one", begin);
    sent.owned = {"customerio", "other"};
    sent.announcement.secrets = "1a2b";
    sent.announcement.deliveries = {
        {"customerio", {{"server_error_503", 41}, {"transport_error", 1}}, {{begin + 5s, "503 Service Unavailable"}}},
        {"other", {}, {}}};
    const auto read = decode_announcement(encode(sent));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->owned, sent.owned);
    EXPECT_EQ(read->announcement.secrets, "1a2b");
    EXPECT_EQ(read->announcement.deliveries, sent.announcement.deliveries);
}

TEST(NodeAnnouncement, OfAnEarlierVersionEndsBehindTheStreams) {
    const auto sent = encode(announcement(1, "one", begin));
    const auto read = decode_announcement(std::string_view(sent).substr(0, sent.size() - 2));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->announcement.configuration, "hash");
    EXPECT_THAT(read->announcement.deliveries, IsEmpty());
    EXPECT_FALSE(decode_announcement(std::string_view(sent).substr(0, sent.size() - 1)));  // it is cut
}

using Change = NodeDirectory::Change;

void hear(NodeDirectory& directory, WallTime from, WallTime until) {
    for (auto time = from; time <= until; time += 1s) directory.heard(time);
}

std::vector<WallTime> starts(const NodeDirectory& directory) {
    std::vector<WallTime> all;
    for (const auto& node : directory.nodes(0, {})) all.push_back(node.started);
    return all;
}

TEST(NodeDirectory, ARestartedNodeTakesThePlaceOfItsFormerProcess) {
    NodeDirectory directory;
    directory.read(announcement(1, "one", begin), begin);
    directory.read(announcement(2, "one", begin + 10s), begin + 10s);
    EXPECT_THAT(starts(directory), ElementsAre(begin + 10s));
    EXPECT_EQ(directory.name_of(1), "one");  // the ledger may still name it
}

TEST(NodeDirectory, TwoProcessesOfOneNameThatBothLiveAreBothShown) {
    NodeDirectory directory;
    directory.read(announcement(1, "one", begin), begin);
    directory.read(announcement(2, "one", begin + 10s), begin + 10s);
    directory.read(announcement(1, "one", begin), begin + 11s);
    directory.read(announcement(2, "one", begin + 10s), begin + 11s);
    EXPECT_THAT(starts(directory), ElementsAre(begin, begin + 10s));
}

TEST(NodeDirectory, ANodeIsForgottenWhenItAnnouncesNothingAnyMore) {
    NodeDirectory directory;
    hear(directory, begin, begin + NodeDirectory::lifetime);
    directory.read(announcement(1, "one", begin), begin);
    EXPECT_THAT(directory.expire(begin + NodeDirectory::lifetime), IsEmpty());
    EXPECT_THAT(starts(directory), ElementsAre(begin));
    directory.heard(begin + NodeDirectory::lifetime + 1ms);
    EXPECT_THAT(directory.expire(begin + NodeDirectory::lifetime + 1ms), ElementsAre("one"));
    EXPECT_THAT(starts(directory), IsEmpty());
    EXPECT_EQ(directory.name_of(1), "one");  // the ledger may still name it
}

// Kafka does not answer: that nothing is heard of a node says nothing about it.
TEST(NodeDirectory, NoNodeIsForgottenWhileNoneIsHeard) {
    NodeDirectory directory;
    hear(directory, begin, begin + 6s);
    directory.read(announcement(1, "one", begin), begin + 6s);
    EXPECT_THAT(directory.expire(begin + 60s), IsEmpty());
    EXPECT_THAT(starts(directory), ElementsAre(begin));
    // When Kafka answers again, each has time to announce itself.
    directory.heard(begin + 61s);
    EXPECT_THAT(directory.expire(begin + 62s), IsEmpty());
    hear(directory, begin + 62s, begin + 67s);
    EXPECT_THAT(directory.expire(begin + 67s), ElementsAre("one"));
}

TEST(NodeDirectory, TellsOfANewNodeAndOfASecondOneWithItsName) {
    NodeDirectory directory;
    EXPECT_EQ(directory.read(announcement(1, "one", begin), begin), Change::joined);
    EXPECT_EQ(directory.read(announcement(1, "one", begin), begin + 1s), Change::none);
    EXPECT_EQ(directory.read(announcement(2, "one", begin + 2s), begin + 2s), Change::joined);  // in its place
    EXPECT_EQ(directory.read(announcement(1, "one", begin), begin + 3s), Change::same_name);
    EXPECT_EQ(directory.read(announcement(1, "one", begin), begin + 4s), Change::none);
}

}  // namespace
}  // namespace pintle::journal::kafka
