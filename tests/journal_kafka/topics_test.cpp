#include "kafka/topics.hpp"

#include <string>

#include <gmock/gmock.h>

namespace pintle::journal::kafka {
namespace {

using pintle::kafka::Admin;
using pintle::kafka::TopicDescription;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Admin::TopicSettings safe_settings(int replication_factor) {
    Admin::TopicSettings settings{{"segment.bytes", "1073741824"}};
    for (const auto& [name, value] : topic_config(replication_factor).settings) settings[name] = value;
    return settings;
}

TopicDescription described(int partitions, int replicas) {
    return {"pintle.d", partitions, replicas};
}

TEST(Topics, ADestinationHasThree) {
    const TopicNames names("pintle", "customer_io-2");
    EXPECT_EQ(names.events, "pintle.customer_io-2");
    EXPECT_EQ(names.ledger, "pintle.customer_io-2.ledger");
    EXPECT_EQ(names.dead_letters, "pintle.customer_io-2.dead");
}

TEST(Topics, ALedgerTellsItsDestinationWhateverItsName) {
    for (const std::string name : {"customerio", "EU main", "a.b", "x.ledger", "x.dead", "ünï", ".", "a\xDE"}) {
        const TopicNames names("pin.tle", name);
        EXPECT_EQ(destination_of_ledger("pin.tle", names.ledger), name);
        EXPECT_EQ(destination_of_ledger("pin.tle", names.events), std::nullopt) << name;
        EXPECT_EQ(destination_of_ledger("pin.tle", names.dead_letters), std::nullopt) << name;
        EXPECT_EQ(names.events.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"),
                  std::string::npos);
    }
}

TEST(Topics, TheControlTopicIsNoDestinations) {
    EXPECT_EQ(control_topic("pintle"), "pintle.control");
    const TopicNames names("pintle", "control");
    EXPECT_EQ(names.events, "pintle..63ontrol");
    EXPECT_EQ(destination_of_ledger("pintle", names.ledger), "control");
}

TEST(Topics, AnotherClusterWhosePrefixBeginsWithThisOneAndAPointIsAConflict) {
    EXPECT_EQ(conflicting_prefix("pintle", "pintle.customerio.control"), "pintle.customerio");
    EXPECT_EQ(conflicting_prefix("pintle.customerio", "pintle.control"), "pintle");
    for (const std::string topic : {"pintle.control", "pintle2.control", "pint.control", "pintle..63ontrol", "pintle.d",
                                    "other.control", "control"}) {
        EXPECT_EQ(conflicting_prefix("pintle", topic), std::nullopt) << topic;
    }
}

TEST(Topics, OtherTopicsAreNoLedgers) {
    for (const std::string topic : {"other.d.ledger", "pintle.ledger", "pintle..ledger", "pintlex.d.ledger",
                                    "pintle.a.b.ledger", "pintle.a.zz.ledger", "pintle.a.61.ledger", "pintle.a."}) {
        EXPECT_EQ(destination_of_ledger("pintle", topic), std::nullopt) << topic;
    }
}

TEST(Topics, ATopicThatIsCreatedHasNoProblem) {
    for (const int replicas : {1, 2, 3, 5}) {
        EXPECT_THAT(topic_problems(described(1, replicas), safe_settings(replicas), replicas), IsEmpty()) << replicas;
    }
}

TEST(Topics, MoreReplicasThanAskedForAreNoProblem) {
    EXPECT_THAT(topic_problems(described(1, 3), safe_settings(3), 1), IsEmpty());
}

TEST(Topics, EachSettingThatWouldLoseEventsIsAProblem) {
    const auto with = [](const std::string& name, const std::string& value) {
        auto settings = safe_settings(3);
        settings[name] = value;
        return topic_problems(described(1, 3), settings, 3);
    };
    EXPECT_THAT(with("retention.ms", "604800000"),
                ElementsAre("topic pintle.d: retention.ms is 604800000, not -1: Kafka would delete events that are not "
                            "delivered yet"));
    EXPECT_THAT(with("retention.bytes", "1000"), ElementsAre(HasSubstr("retention.bytes is 1000")));
    EXPECT_THAT(with("cleanup.policy", "compact,delete"), ElementsAre(HasSubstr("cleanup.policy is compact,delete")));
    EXPECT_THAT(with("unclean.leader.election.enable", "true"), ElementsAre(HasSubstr("is true, not false")));
    EXPECT_THAT(with("message.timestamp.type", "LogAppendTime"), ElementsAre(HasSubstr("not CreateTime")));
    EXPECT_THAT(with("min.insync.replicas", "1"), ElementsAre(HasSubstr("min.insync.replicas is 1, not 2 or more")));
    EXPECT_THAT(with("min.insync.replicas", "3"),
                ElementsAre(HasSubstr("is 3, not 2 or less: the loss of one broker would stop everything")));
    EXPECT_THAT(with("max.message.bytes", "1000"), ElementsAre(HasSubstr("max.message.bytes is 1000")));
}

TEST(Topics, AnotherNumberOfPartitionsOrTooFewReplicasAreProblems) {
    EXPECT_THAT(topic_problems(described(3, 3), safe_settings(3), 3), ElementsAre(HasSubstr("partitions is 3, not 1")));
    EXPECT_THAT(topic_problems(described(1, 2), safe_settings(3), 3), ElementsAre(HasSubstr("replicas is 2, not 3")));
}

TEST(Topics, ASettingThatTheBrokerDoesNotTellIsAProblem) {
    EXPECT_EQ(topic_problems(described(1, 3), {}, 3).size(), 7);
}

}  // namespace
}  // namespace pintle::journal::kafka
