#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "broker/broker.hpp"
#include "broker/fixture.hpp"
#include "pintle/kafka/client_config.hpp"

// The connections are encrypted, and the broker asks for a password or for the client's certificate.

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

pintle::kafka::ClientConfig with_password(const std::string& password) {
    const auto& broker = pintle::kafka::test_broker();
    pintle::kafka::ClientConfig client;
    client.brokers = {broker.secure_bootstrap()};
    client.tls.ca_file = broker.certificate("ca.pem");
    client.sasl = {.mechanism = "PLAIN", .username = "pintle", .password = password};
    return client;
}

pintle::kafka::ClientConfig with_good_password() {
    return with_password("pintle-secret");
}

pintle::kafka::ClientConfig with_certificate() {
    const auto& broker = pintle::kafka::test_broker();
    pintle::kafka::ClientConfig client;
    client.brokers = {broker.mutual_bootstrap()};
    client.tls = {.ca_file = broker.certificate("ca.pem"),
                  .certificate = broker.certificate("client.crt"),
                  .key = broker.certificate("client.key")};
    return client;
}

struct Access {
    std::string name;
    pintle::kafka::ClientConfig (*client)();  // to be called when the broker runs
};

class SecureJournalTest : public KafkaJournalTest, public testing::WithParamInterface<Access> {
protected:
    std::unique_ptr<KafkaJournal> open_secure() const {
        auto secure = options();
        secure.settings = client_settings(GetParam().client());
        std::ranges::replace(secure.topic_prefix, '/', '.');
        return open(secure);
    }

    std::unique_ptr<Worker> work(KafkaJournal& journal, Stream stream) {
        return std::make_unique<Worker>(journal, stream, [this](const std::string& text) {
            deliveries_.add(text);
            return text != "bad";
        });
    }

    Deliveries deliveries_;
};

TEST_P(SecureJournalTest, DeliversWhatIsPendingAfterARestartAndWhatIsAppended) {
    {
        const auto journal = open_secure();
        append_all(*journal, journal->create_or_open_stream("customerio"), "before ", 2);
    }
    const auto journal = open_secure();
    const auto stream = journal->find_stream("customerio");
    ASSERT_TRUE(stream);
    const auto worker = work(*journal, *stream);
    append_all(*journal, *stream, "after ", 2);
    ASSERT_TRUE(eventually([&] { return journal->ledger(*stream).delivered == 4; }));
    EXPECT_THAT(deliveries_.texts(), ElementsAre("before 0", "before 1", "after 0", "after 1"));
    EXPECT_TRUE(is_balanced(journal->ledger(*stream)));
}

TEST_P(SecureJournalTest, AnotherProcessTakesOver) {
    const auto one = open_secure();
    const auto first = one->create_or_open_stream("customerio");
    const auto owner = work(*one, first);
    ASSERT_TRUE(eventually([&] { return owner->owns(); }));
    const auto two = open_secure();
    const auto second = two->create_or_open_stream("customerio");
    const auto follower = work(*two, second);
    append_all(*two, second, "before ", 2);
    ASSERT_TRUE(eventually([&] { return one->ledger(first).delivered == 2; }));
    EXPECT_FALSE(follower->owns());
    one->close();
    append_all(*two, second, "after ", 2);
    ASSERT_TRUE(eventually([&] { return two->ledger(second).delivered == 4; }));
    EXPECT_TRUE(follower->owns());
    EXPECT_THAT(deliveries_.texts(), ElementsAre("before 0", "before 1", "after 0", "after 1"));
}

TEST_P(SecureJournalTest, ADeadLetterIsReplayed) {
    const auto journal = open_secure();
    const auto stream = journal->create_or_open_stream("customerio");
    const auto worker = work(*journal, stream);
    ASSERT_FALSE(append(*journal, stream, "bad"));
    ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == 1; }));
    const auto letters = journal->dead_letters(stream, 0, 10);
    ASSERT_EQ(letters.size(), 1);
    WriteBatch replay;
    replay.records.push_back({stream, record_of("corrected", "bad")});
    replay.removed.emplace_back(stream, letters[0].id);
    ASSERT_FALSE(append(*journal, std::move(replay)));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 1; }));
    EXPECT_THAT(deliveries_.texts(), ElementsAre("bad", "corrected"));
    EXPECT_EQ(journal->ledger(stream).replayed_out, 1);
}

INSTANTIATE_TEST_SUITE_P(Kafka, SecureJournalTest,
                         testing::Values(Access{"Password", with_good_password},
                                         Access{"Certificate", with_certificate}),
                         [](const auto& access) { return access.param.name; });

// ---- Brokers that refuse ----

class RefusedJournalTest : public KafkaJournalTest {
protected:
    // Why no journal can be opened.
    std::string refusal(const pintle::kafka::ClientConfig& client, std::chrono::milliseconds timeout = 60s) const {
        auto refused = options();
        refused.settings = client_settings(client);
        refused.open_timeout = timeout;
        try {
            open(refused);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "it was opened";
    }
};

TEST_F(RefusedJournalTest, SaysThatThePasswordIsWrong) {
    EXPECT_THAT(refusal(with_password("wrong")), AllOf(StartsWith("no Kafka broker can be reached at 127.0.0.1:"),
                                                       HasSubstr("Invalid username or password")));
}

TEST_F(RefusedJournalTest, SaysThatTheBrokersCertificateIsNotTrusted) {
    auto client = with_good_password();
    client.tls.ca_file = pintle::kafka::test_broker().certificate("other-ca.pem");
    EXPECT_THAT(refusal(client), AllOf(StartsWith("no Kafka broker can be reached at 127.0.0.1:"),
                                       HasSubstr("broker certificate could not be verified")));
}

TEST_F(RefusedJournalTest, SaysThatTheBrokerWantsACertificate) {
    auto client = with_certificate();
    client.tls.certificate.clear();
    client.tls.key.clear();
    // To librdkafka it is a connection that ends, so it tries again until the time is over.
    // Java 17 names the alert "bad certificate" before 17.0.21.
    EXPECT_THAT(refusal(client, 5s), AllOf(StartsWith("no Kafka broker can be reached at 127.0.0.1:"),
                                           AnyOf(HasSubstr("certificate required"), HasSubstr("bad certificate"))));
}

}  // namespace
}  // namespace pintle::journal::kafka
