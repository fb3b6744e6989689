#include <string>

#include "config_fixture.hpp"
#include "http_client/certificates.hpp"

namespace pintle::config {
namespace {

using http::client::Certificate;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// From line 8 on.
std::string tls(const std::string& certificate, const std::string& key) {
    return "ingest:\n  tls:\n    certificate: " + certificate + "\n    key: " + key + "\n";
}

class PemTest : public ConfigTest {
protected:
    std::string certificate() { return write("a.pem", pair_.certificate); }
    std::string key() { return write("a.key", pair_.key); }

    const Certificate authority_ = http::client::make_authority();
    const Certificate pair_ = http::client::make_certificate(authority_, "localhost");
};

TEST_F(PemTest, ACertificateWithItsKeyAndAnAuthorityAreFine) {
    const auto authority = "    ca_file: " + write("ca.pem", authority_.certificate) + "\n";
    EXPECT_THAT(problems(minimal + authority + tls(certificate(), key())), IsEmpty());
}

TEST_F(PemTest, AChainMayFollowTheCertificate) {
    const auto chain = write("chain.pem", pair_.certificate + authority_.certificate);
    EXPECT_THAT(problems(minimal + tls(chain, key())), IsEmpty());
}

TEST_F(PemTest, AKeyOfAnotherCertificateNamesItsLine) {
    const auto other = write("b.key", http::client::make_certificate(authority_, "localhost").key);
    EXPECT_THAT(problems(minimal + tls(certificate(), other)),
                ElementsAre(AllOf(StartsWith("pintle.yaml:11: ingest.tls.key: "), HasSubstr("b.key"),
                                  HasSubstr(" does not belong to the certificate "))));
}

TEST_F(PemTest, WhatIsNotPemNamesItsLine) {
    const auto junk = write("junk.pem", "junk\n");
    EXPECT_THAT(problems(minimal + "    ca_file: " + junk + "\n" + tls(junk, junk)),
                ElementsAre(AllOf(StartsWith("pintle.yaml:8: destinations[0].ca_file: "),
                                  HasSubstr("contains no certificate in PEM form")),
                            AllOf(StartsWith("pintle.yaml:11: ingest.tls.certificate: "),
                                  HasSubstr("contains no certificate in PEM form")),
                            AllOf(StartsWith("pintle.yaml:12: ingest.tls.key: "),
                                  HasSubstr("contains no private key in PEM form"))));
}

TEST_F(PemTest, FilesThatAreTheWrongWayRoundAreSaidToBe) {
    EXPECT_THAT(problems(minimal + tls(key(), certificate())),
                ElementsAre(HasSubstr("(-----BEGIN CERTIFICATE-----), but a private key"),
                            HasSubstr("(-----BEGIN PRIVATE KEY-----), but a certificate")));
}

TEST_F(PemTest, DamagedContentIsAProblem) {
    const auto damage = [](std::string pem) { return pem.replace(pem.size() / 2, 1, "!"); };
    const auto authority = "    ca_file: " + write("ca.pem", damage(authority_.certificate)) + "\n";
    EXPECT_THAT(problems(minimal + authority +
                         tls(write("a.pem", damage(pair_.certificate)), write("a.key", damage(pair_.key)))),
                ElementsAre(HasSubstr("contains a certificate that cannot be used: "),
                            HasSubstr("contains a certificate that cannot be used: "),
                            HasSubstr("contains a private key that cannot be used: ")));
}

// A run of OpenSSL would ask for the passphrase at the terminal.
TEST_F(PemTest, AKeyWithAPassphraseIsAProblem) {
    const auto encrypted = write("a.key",
                                 "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_THAT(problems(minimal + tls(certificate(), encrypted)),
                ElementsAre(HasSubstr("contains a key with a passphrase; only a key without one can be used")));
}

TEST_F(PemTest, AMachineWithoutSecretsMayLackTheFiles) {
    const auto yaml = minimal + "    ca_file: /dev/null/ca.pem\n" + tls("/dev/null/a.pem", "/dev/null/a.key");
    EXPECT_THAT(problems(yaml, Purpose::check),
                ElementsAre(HasSubstr("ca.pem"), HasSubstr("a.pem"), HasSubstr("a.key")));
    const auto loaded = load(yaml, {}, Purpose::check_without_secrets);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(texts(loaded.warnings),
                ElementsAre(StartsWith("pintle.yaml:8: destinations[0].ca_file: \"/dev/null/ca.pem\" cannot be read"),
                            StartsWith("pintle.yaml:11: ingest.tls.certificate: \"/dev/null/a.pem\" cannot be read"),
                            StartsWith("pintle.yaml:12: ingest.tls.key: \"/dev/null/a.key\" cannot be read")));
}

TEST_F(PemTest, AMachineWithoutSecretsMayLackTheFilesOfKafka) {
    const auto yaml =
        "sources:\n- kafka:\n    brokers: [\"a:9092\"]\n    topics: [t]\n"
        "    tls: {ca_file: /dev/null/ca.pem}\n"
        "destinations: [{site_id: s, api_key: k}]\n";
    EXPECT_THAT(problems(yaml, Purpose::check), ElementsAre(HasSubstr("sources[0].kafka.tls.ca_file: ")));
    EXPECT_THAT(problems(yaml, Purpose::check_without_secrets), IsEmpty());
}

}  // namespace
}  // namespace pintle::config
