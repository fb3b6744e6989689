#include "topics.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace pintle::journal::kafka {
namespace {

using pintle::kafka::Admin;
using pintle::kafka::TopicConfig;
using pintle::kafka::TopicDescription;

constexpr std::string_view ledger_suffix = ".ledger";
constexpr std::string_view dead_letters_suffix = ".dead";
constexpr std::string_view control_name = "control";
constexpr std::string_view digits = "0123456789ABCDEF";  // upper case, so that no name ends in a suffix
constexpr std::int64_t max_message_bytes = 10'485'760;   // of new topics: a dead letter is several times its event
constexpr std::int64_t min_message_bytes = 1'048'588;    // the brokers' default, which a ledger's records fit in

bool is_allowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string escape(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const bool is_reserved = name == control_name && out.empty();
        if (is_allowed(c) && !is_reserved) {
            out += c;
        } else {
            const auto byte = static_cast<std::uint8_t>(c);
            out += {'.', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return out;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '.') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = digits.find(text[i + 1]);
        const auto low = digits.find(text[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        out += static_cast<char>(16 * high + low);
        i += 2;
    }
    return out;
}

// Without a second replica an acknowledged event is lost with its disk.
int min_in_sync(int replication_factor) {
    return replication_factor > 1 ? 2 : 1;
}

std::string_view find(const Admin::TopicSettings& settings, std::string_view name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string_view{} : std::string_view(found->second);
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

TopicNames::TopicNames(std::string_view prefix, std::string_view destination)
    : events(std::string(prefix) + "." + escape(destination)),
      ledger(events + std::string(ledger_suffix)),
      dead_letters(events + std::string(dead_letters_suffix)) {}

std::string control_topic(std::string_view prefix) {
    return std::string(prefix) + "." + std::string(control_name);
}

TopicConfig control_topic_config(int replication_factor) {
    return {.replication_factor = replication_factor,
            .settings = {{"cleanup.policy", "delete"}, {"retention.ms", "3600000"}}};
}

std::optional<std::string> destination_of_ledger(std::string_view prefix, std::string_view topic) {
    if (topic.size() < prefix.size() + 1 + ledger_suffix.size()) return std::nullopt;
    if (!topic.starts_with(prefix) || topic[prefix.size()] != '.' || !topic.ends_with(ledger_suffix)) {
        return std::nullopt;
    }
    topic.remove_prefix(prefix.size() + 1);
    topic.remove_suffix(ledger_suffix.size());
    auto name = unescape(topic);
    if (!name || name->empty() || escape(*name) != topic) return std::nullopt;
    return name;
}

std::optional<std::string> conflicting_prefix(std::string_view prefix, std::string_view topic) {
    constexpr std::string_view suffix = ".control";
    if (!topic.ends_with(suffix)) return std::nullopt;
    topic.remove_suffix(suffix.size());
    const auto is_within = [](std::string_view inner, std::string_view outer) {
        return inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '.';
    };
    if (!is_within(topic, prefix) && !is_within(prefix, topic)) return std::nullopt;
    return std::string(topic);
}

std::string prefix_problem(const std::string& prefix, const std::vector<TopicDescription>& topics) {
    for (const auto& topic : topics) {
        if (const auto other = conflicting_prefix(prefix, topic.name)) {
            return "journal.kafka.topic_prefix: \"" + prefix + "\" cannot be used beside \"" + *other +
                   "\", whose topic " + topic.name + " is on these brokers: one begins with the other and a point";
        }
    }
    return {};
}

TopicConfig topic_config(int replication_factor) {
    return {.replication_factor = replication_factor,
            .settings = {{"cleanup.policy", "delete"},
                         {"retention.ms", "-1"},
                         {"retention.bytes", "-1"},
                         {"min.insync.replicas", std::to_string(min_in_sync(replication_factor))},
                         {"unclean.leader.election.enable", "false"},
                         {"message.timestamp.type", "CreateTime"},
                         {"max.message.bytes", std::to_string(max_message_bytes)}}};
}

std::string missing_problem(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return "these topics do not exist, or this node may not Describe them: " + list +
           "; create them, as journal.kafka.create_topics is false";
}

bool is_denied(boost::system::error_code error) {
    return error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) ||
           error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
}

std::string creation_problem(const std::string& name, boost::system::error_code error, const std::string& message) {
    const std::string_view missing =
        is_denied(error)
            ? "; this node's principal needs the operation Create on it, and Describe to see it if it exists"
            : "";
    return "topic " + name + " cannot be created: " + (message.empty() ? error.message() : message) +
           std::string(missing);
}

std::vector<std::string> topic_problems(const TopicDescription& topic, const Admin::TopicSettings& settings,
                                        int replication_factor) {
    std::vector<std::string> problems;
    const auto report = [&](std::string_view what, std::string_view found, std::string_view allowed) {
        problems.push_back("topic " + topic.name + ": " + std::string(what) + " is " + std::string(found) + ", not " +
                           std::string(allowed));
    };
    if (topic.partitions != 1) report("the number of partitions", std::to_string(topic.partitions), "1");
    if (topic.replicas < replication_factor) {
        report("the number of replicas", std::to_string(topic.replicas),
               std::to_string(replication_factor) + " or more (journal.kafka.replication_factor)");
    }
    struct Rule {
        std::string_view name;
        std::string_view value;
        std::string_view why;
    };
    constexpr std::array rules{
        Rule{"cleanup.policy", "delete", "delete: compaction would remove events"},
        Rule{"retention.ms", "-1", "-1: Kafka would delete events that are not delivered yet"},
        Rule{"retention.bytes", "-1", "-1: Kafka would delete events that are not delivered yet"},
        Rule{"unclean.leader.election.enable", "false", "false: acknowledged events would be lost"},
        Rule{"message.timestamp.type", "CreateTime", "CreateTime: a pause that comes late would be carried out"},
    };
    for (const auto& [name, value, why] : rules) {
        if (const auto found = find(settings, name); found != value) report(name, found, why);
    }
    const auto in_sync = find(settings, "min.insync.replicas");
    if (number(in_sync) < min_in_sync(replication_factor)) {
        report(
            "min.insync.replicas", in_sync,
            std::to_string(min_in_sync(replication_factor)) + " or more: an acknowledged event would be on one disk");
    }
    // With two replicas there is no choice.
    if (topic.replicas > 2 && number(in_sync) >= topic.replicas) {
        report("min.insync.replicas", in_sync,
               std::to_string(topic.replicas - 1) + " or less: the loss of one broker would stop everything");
    }
    const auto size = find(settings, "max.message.bytes");
    if (number(size) < min_message_bytes) {
        report("max.message.bytes", size, std::to_string(min_message_bytes) + " or more");
    }
    return problems;
}

}  // namespace pintle::journal::kafka
