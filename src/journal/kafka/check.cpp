#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "kafka/topics.hpp"
#include "pintle/journal/kafka_journal.hpp"
#include "pintle/kafka/client.hpp"

namespace pintle::journal {
namespace {

using pintle::kafka::Admin;
using pintle::kafka::TopicConfig;
using pintle::kafka::TopicDescription;

// Asks the brokers what an opening would ask them to do or to show.
class Check {
public:
    Check(const KafkaJournalOptions& options, std::vector<TopicDescription> topics)
        : options_(options), topics_(std::move(topics)), admin_(io_, options.settings, options.open_timeout) {}

    void add_stream(const std::string& stream) {
        const kafka::TopicNames names(options_.topic_prefix, stream);
        std::vector<std::string> missing;
        for (const auto* const name : {&names.events, &names.ledger, &names.dead_letters}) {
            const auto topic = std::ranges::find(topics_, *name, &TopicDescription::name);
            if (topic == topics_.end()) {
                missing.push_back(*name);
            } else {
                check_settings(*topic);
            }
        }
        if (missing.empty()) return;
        if (!options_.create_topics) return found_.problems.push_back(kafka::missing_problem(missing));
        for (const auto& name : missing) check_creation(name, kafka::topic_config(options_.replication_factor));
    }

    // Without it, and where it may not be created, the journal works.
    void add_control() {
        const auto name = kafka::control_topic(options_.topic_prefix);
        const bool is_missing = std::ranges::find(topics_, name, &TopicDescription::name) == topics_.end();
        if (is_missing && options_.create_topics)
            check_creation(name, kafka::control_topic_config(options_.replication_factor));
    }

    KafkaJournalCheck result() && { return std::move(found_); }

private:
    void check_settings(const TopicDescription& topic) {
        bool is_answered = false;
        admin_.describe_topic(topic.name, [&](boost::system::error_code error, const Admin::TopicSettings& settings) {
            is_answered = true;
            if (error) {
                return found_.problems.push_back("topic " + topic.name + " cannot be described: " + error.message());
            }
            std::ranges::move(kafka::topic_problems(topic, settings, options_.replication_factor),
                              std::back_inserter(found_.problems));
        });
        while (!is_answered) io_.run_one();
    }

    void check_creation(const std::string& name, TopicConfig config) {
        config.validate_only = true;
        bool is_answered = false;
        admin_.create_topic(name, config, [&](boost::system::error_code error, std::string_view message) {
            is_answered = true;
            if (error) return found_.problems.push_back(kafka::creation_problem(name, error, std::string(message)));
            found_.missing.push_back(name);
        });
        while (!is_answered) io_.run_one();
    }

    const KafkaJournalOptions& options_;
    const std::vector<TopicDescription> topics_;
    KafkaJournalCheck found_;
    boost::asio::io_context io_{1};
    Admin admin_;
};

}  // namespace

KafkaJournalCheck check_kafka_journal(const KafkaJournalOptions& options, const std::vector<std::string>& streams) {
    auto topics = pintle::kafka::BlockingReader(options.settings).topics(options.open_timeout);
    if (!topics) throw std::runtime_error(topics.error().message());
    if (auto problem = kafka::prefix_problem(options.topic_prefix, *topics); !problem.empty())
        return {{std::move(problem)}, {}};
    Check check(options, std::move(*topics));
    for (const auto& stream : streams) check.add_stream(stream);
    check.add_control();
    return std::move(check).result();
}

}  // namespace pintle::journal
