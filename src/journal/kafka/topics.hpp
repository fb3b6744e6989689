#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/error_code.hpp>

#include "pintle/kafka/client.hpp"

namespace pintle::journal::kafka {

// The topics of one destination.
struct TopicNames {
    // Bytes of the name that no topic may have become `.` and two digits.
    TopicNames(std::string_view prefix, std::string_view destination);

    std::string events;
    std::string ledger;
    std::string dead_letters;

    std::vector<std::string> all() const { return {events, ledger, dead_letters}; }
};

// The topic in which the processes announce themselves. It is no destination's.
std::string control_topic(std::string_view prefix);

// The destination whose ledger that topic is; nothing if it is another topic.
std::optional<std::string> destination_of_ledger(std::string_view prefix, std::string_view topic);

// The prefix of another cluster of pintle whose control topic that is, if topics of both could be taken for each
// other's: one prefix begins with the other and a point. Nothing if it is not.
std::optional<std::string> conflicting_prefix(std::string_view prefix, std::string_view topic);

// Why the prefix cannot be used on brokers with those topics, for people. Empty: it can.
std::string prefix_problem(const std::string& prefix, const std::vector<pintle::kafka::TopicDescription>& topics);

// How a topic of the journal is created, with so many replicas.
pintle::kafka::TopicConfig topic_config(int replication_factor);

// The same for the control topic, whose records are soon of no use.
pintle::kafka::TopicConfig control_topic_config(int replication_factor);

// Why the journal cannot be opened without those topics, which it may not create, for people.
std::string missing_problem(const std::vector<std::string>& names);

// Whether the brokers do not allow an operation. They also refuse a producer's id to who may Write to no topic.
bool is_denied(boost::system::error_code error);

// Why the topic cannot be created, for people. `message` is the brokers', and may be empty.
std::string creation_problem(const std::string& name, boost::system::error_code error, const std::string& message);

// Why the topic does not keep what the journal promises, for people: each what is found and what is allowed. Empty: it
// does.
std::vector<std::string> topic_problems(const pintle::kafka::TopicDescription& topic,
                                        const pintle::kafka::Admin::TopicSettings& settings, int replication_factor);

}  // namespace pintle::journal::kafka
