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

const std::string destination =
    "destinations:\n"
    "  - {site_id: s, api_key: k}\n";

std::string source(const std::string& kafka) {
    return "sources:\n"
           "  - name: shop\n"
           "    kafka:\n" +
           kafka + destination;
}

const std::string minimal_kafka =
    "      brokers: [a:9092, b:9092]\n"
    "      topics: events\n";

class KafkaConfig : public ConfigTest {
protected:
    std::vector<std::string> problems_of(const std::string& kafka) { return problems(source(minimal_kafka + kafka)); }
};

TEST_F(KafkaConfig, NeedsBrokersAndTopicsButNoWriteKey) {
    const auto loaded = load(source(minimal_kafka));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    const auto& kafka = loaded.config.sources.at(0).kafka;
    EXPECT_THAT(kafka.client.brokers, ElementsAre("a:9092", "b:9092"));
    EXPECT_THAT(kafka.topics, ElementsAre("events"));
    EXPECT_EQ(kafka.group, "pintle");
    EXPECT_THAT(kafka::client_settings(kafka.client), ElementsAre(Pair("bootstrap.servers", "a:9092,b:9092")));
}

TEST_F(KafkaConfig, MayComeFromVariables) {
    const auto loaded = load_environment({{"CUSTOMERIO_SITE_ID", "s"},
                                          {"CUSTOMERIO_API_KEY", "k"},
                                          {"PINTLE_SOURCE_KAFKA_BROKERS", "a:9092,b:9092"},
                                          {"PINTLE_SOURCE_KAFKA_TOPICS", "one, two"},
                                          {"PINTLE_SOURCE_KAFKA_LIBRDKAFKA", "client.rack=r1,fetch.min.bytes=10"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    const auto& kafka = loaded.config.sources.at(0).kafka;
    EXPECT_THAT(kafka.topics, ElementsAre("one", "two"));
    EXPECT_THAT(kafka.client.librdkafka, ElementsAre(Pair("client.rack", "r1"), Pair("fetch.min.bytes", "10")));
}

TEST_F(KafkaConfig, NamesWhatIsMissing) {
    EXPECT_THAT(problems(source("      group: g\n")),
                ElementsAre("pintle.yaml:3: sources[0].kafka.brokers: is missing; at least one host:port is required",
                            "pintle.yaml:3: sources[0].kafka.topics: is missing; at least one topic is required"));
    EXPECT_THAT(problems_of("      sasl: {username: u, password: p}\n"),
                ElementsAre("pintle.yaml:6: sources[0].kafka.sasl.mechanism: is missing; allowed: PLAIN, "
                            "SCRAM-SHA-256, SCRAM-SHA-512"));
    EXPECT_THAT(problems_of("      sasl: {mechanism: PLAIN, username: u}\n"),
                ElementsAre("pintle.yaml:6: sources[0].kafka.sasl.password: is missing"));
    const auto file = write("cert.pem", "c");
    EXPECT_THAT(problems_of("      tls: {certificate: " + file + "}\n"),
                ElementsAre("pintle.yaml:6: sources[0].kafka.tls: certificate and key must both be set, or neither"));
}

TEST_F(KafkaConfig, AnUnknownSettingOfLibrdkafkaNamesItsLine) {
    EXPECT_THAT(problems_of("      librdkafka:\n"
                            "        client.rack: r1\n"
                            "        fetch.wait.max: 10\n"),
                ElementsAre("pintle.yaml:8: sources[0].kafka.librdkafka.fetch.wait.max: No such configuration "
                            "property: \"fetch.wait.max\""));
    EXPECT_THAT(problems_of("      librdkafka: {auto.offset.reset: newest}\n"),
                ElementsAre(HasSubstr("pintle.yaml:6: sources[0].kafka.librdkafka.auto.offset.reset: Invalid value")));
}

TEST_F(KafkaConfig, SettingsOfLibrdkafkaMayNotContradict) {
    EXPECT_THAT(problems_of("      librdkafka: {session.timeout.ms: 400000}\n"),
                ElementsAre(HasSubstr("pintle.yaml:6: sources[0].kafka.librdkafka: `max.poll.interval.ms`")));
    EXPECT_THAT(
        problems_of("      librdkafka:\n"
                    "        group.id: g\n"
                    "        sasl.mechanisms: PLAIN\n"
                    "        enable.auto.commit: false\n"),
        ElementsAre(
            "pintle.yaml:7: sources[0].kafka.librdkafka.group.id: is decided by sources[0].kafka.group; remove it",
            "pintle.yaml:8: sources[0].kafka.librdkafka.sasl.mechanisms: is decided by "
            "sources[0].kafka.sasl.mechanism; "
            "remove it",
            "pintle.yaml:9: sources[0].kafka.librdkafka.enable.auto.commit: is decided by pintle; remove it"));
    EXPECT_THAT(problems_of("      librdkafka: {security.protocol: ssl}\n      tls: {enabled: true}\n"),
                ElementsAre("pintle.yaml:6: sources[0].kafka.librdkafka.security.protocol: is decided by "
                            "sources[0].kafka.tls; remove it"));
}

TEST_F(KafkaConfig, TlsAndSaslDecideTheProtocol) {
    const auto protocol = [&](const std::string& kafka) {
        const auto loaded = load(source(minimal_kafka + kafka));
        EXPECT_THAT(texts(loaded.problems), IsEmpty());
        for (const auto& [name, value] : kafka::client_settings(loaded.config.sources.at(0).kafka.client))
            if (name == "security.protocol") return value;
        return std::string();
    };
    const std::string sasl = "      sasl: {mechanism: SCRAM-SHA-512, username: u, password: p}\n";
    const std::string tls = "      tls: {enabled: true}\n";
    EXPECT_EQ(protocol(""), "");
    EXPECT_EQ(protocol(tls), "ssl");
    EXPECT_EQ(protocol(tls + sasl), "sasl_ssl");
    EXPECT_EQ(protocol(sasl), "sasl_plaintext");
    EXPECT_THAT(texts(load(source(minimal_kafka + sasl)).warnings), ElementsAre(HasSubstr("unencrypted")));
}

TEST_F(KafkaConfig, PasswordsAreNotShown) {
    const auto file = write("password", "hidden-3\n");
    const auto loaded = load(source(minimal_kafka +
                                    "      sasl: {mechanism: PLAIN, username: u, password: hidden-1}\n"
                                    "      tls: {enabled: true}\n"
                                    "      librdkafka: {client.rack: r1, ssl.key.password: hidden-2, "
                                    "ssl.keystore.password: {file: " +
                                    file + "}}\n"));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_EQ(loaded.config.sources.at(0).kafka.client.librdkafka.at(2).second, "hidden-3");
    const auto json = config_json(loaded.config);
    EXPECT_THAT(json.dump(), Not(HasSubstr("hidden")));
    EXPECT_EQ(json["sources"][0]["kafka"]["librdkafka"]["client.rack"], "r1");
}

}  // namespace
}  // namespace pintle::config
