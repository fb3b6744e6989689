#include <nlohmann/json.hpp>

#include "config_fixture.hpp"
#include "pintle/config/json.hpp"

namespace pintle::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

const std::string others =
    "sources:\n"
    "  - {write_key: wk}\n"
    "destinations:\n"
    "  - {site_id: s, api_key: k}\n";

std::string journal(const std::string& kafka, const std::string& backend = "kafka") {
    return others +
           "journal:\n"
           "  backend: " +
           backend + "\n  kafka:\n" + kafka;
}

class KafkaJournalConfig : public ConfigTest {};

TEST_F(KafkaJournalConfig, NeedsItsBackendAndBrokers) {
    const auto loaded = load(journal("    brokers: [a:9092, b:9092]\n"));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_EQ(loaded.config.journal_backend, JournalBackend::kafka);
    const auto& kafka = loaded.config.journal_kafka;
    EXPECT_THAT(kafka::client_settings(kafka.client), ElementsAre(Pair("bootstrap.servers", "a:9092,b:9092")));
    EXPECT_EQ(kafka.topic_prefix, "pintle");
    EXPECT_TRUE(kafka.create_topics);
    EXPECT_EQ(kafka.replication_factor, 3);
    EXPECT_THAT(problems(journal("    topic_prefix: shop\n")),
                ElementsAre(HasSubstr("journal.kafka.brokers: is missing; at least one host:port is required")));
    EXPECT_THAT(problems(journal("    brokers: a:9092\n", "rocksdb")),
                ElementsAre("pintle.yaml:6: journal.backend: must be kafka where journal.kafka is set"));
}

TEST_F(KafkaJournalConfig, MayComeFromVariables) {
    const auto loaded = load_environment({{"CUSTOMERIO_SITE_ID", "s"},
                                          {"CUSTOMERIO_API_KEY", "k"},
                                          {"PINTLE_WRITE_KEY", "wk"},
                                          {"PINTLE_JOURNAL_BACKEND", "kafka"},
                                          {"PINTLE_JOURNAL_KAFKA_BROKERS", "a:9092,b:9092"},
                                          {"PINTLE_JOURNAL_KAFKA_TOPIC_PREFIX", "shop.events"},
                                          {"PINTLE_JOURNAL_KAFKA_SASL_MECHANISM", "PLAIN"},
                                          {"PINTLE_JOURNAL_KAFKA_SASL_USERNAME", "pintle"},
                                          {"PINTLE_JOURNAL_KAFKA_SASL_PASSWORD", "secret"},
                                          {"PINTLE_JOURNAL_KAFKA_TLS_ENABLED", "true"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_EQ(loaded.config.journal_backend, JournalBackend::kafka);
    EXPECT_THAT(loaded.config.journal_kafka.client.brokers, ElementsAre("a:9092", "b:9092"));
    EXPECT_EQ(loaded.config.journal_kafka.topic_prefix, "shop.events");
    EXPECT_EQ(loaded.config.journal_kafka.client.sasl.password, "secret");
    EXPECT_TRUE(loaded.config.journal_kafka.client.tls.is_used());
}

TEST_F(KafkaJournalConfig, ItsSettingsOfLibrdkafkaKeepThePromise) {
    EXPECT_THAT(problems(journal("    brokers: a:9092\n"
                                 "    librdkafka: {acks: 1}\n")),
                ElementsAre("pintle.yaml:9: journal.kafka.librdkafka.acks: is decided by pintle; remove it"));
    EXPECT_THAT(problems(journal("    brokers: a:9092\n"
                                 "    librdkafka: {message.timeout.ms: 1000}\n")),
                ElementsAre(HasSubstr("journal.kafka.librdkafka.message.timeout.ms: is decided by pintle")));
    EXPECT_THAT(problems(journal("    brokers: a:9092\n"
                                 "    librdkafka: {client.rack: r1}\n")),
                IsEmpty());
}

TEST_F(KafkaJournalConfig, APrefixIsPartOfATopicsName) {
    EXPECT_THAT(problems(journal("    brokers: a:9092\n"
                                 "    topic_prefix: a/b\n")),
                ElementsAre("pintle.yaml:9: journal.kafka.topic_prefix: \"a/b\" is not 1 to 100 letters, digits, dots, "
                            "underscores and hyphens"));
}

TEST_F(KafkaJournalConfig, DestinationsKeepTheirNames) {
    const std::string renamed =
        "sources:\n"
        "  - {write_key: wk}\n"
        "destinations:\n"
        "  - {name: new, formerly: [old], site_id: s, api_key: k}\n"
        "journal: {backend: kafka, kafka: {brokers: a:9092}}\n";
    EXPECT_THAT(problems(renamed), ElementsAre(HasSubstr("destinations[0].formerly: needs journal.backend: rocksdb")));
}

TEST_F(KafkaJournalConfig, IsShownWithoutItsPassword) {
    const auto loaded =
        load(journal("    brokers: a:9092\n"
                     "    sasl: {mechanism: PLAIN, username: pintle, password: secret}\n"));
    EXPECT_THAT(config_json(loaded.config).dump(), Not(HasSubstr("secret")));
    EXPECT_EQ(config_json(loaded.config)["journal"]["kafka"]["sasl"]["username"], "pintle");
}

}  // namespace
}  // namespace pintle::config
