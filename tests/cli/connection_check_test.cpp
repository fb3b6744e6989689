#include "connection_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintle::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

config::Destination destination(config::Region region) {
    config::Destination destination;
    destination.name = "customerio";
    destination.region = region;
    return destination;
}

HttpResponse response(int status, const std::string& body = {}) {
    HttpResponse response;
    response.status = status;
    response.body = body;
    return response;
}

ConnectionReport report(config::Region region, const HttpResponse& response) {
    return report_connection(destination(region), response, WallTime{});
}

const HttpResponse in_eu = response(200, R"({"region":"eu","url":"https://track-eu.customer.io","environment_id":1})");

TEST(ConnectionCheck, CredentialsThatWorkInTheConfiguredRegionAreUsable) {
    const auto found = report(config::Region::eu, in_eu);
    EXPECT_TRUE(found.usable);
    EXPECT_EQ(found.text,
              "destinations[customerio]: works: track-eu.customer.io accepts the credentials; the account's region is "
              "eu, as configured");
    EXPECT_TRUE(report(config::Region::autodetect, in_eu).usable);
}

TEST(ConnectionCheck, AnotherRegionThanTheConfiguredOneIsNot) {
    const auto found = report(config::Region::us, in_eu);
    EXPECT_FALSE(found.usable);
    EXPECT_THAT(found.text, StartsWith("destinations[customerio]: wrong region: track.customer.io accepts"));
    EXPECT_THAT(found.text, HasSubstr("is eu, and the configuration says us; set region: eu, or auto"));
}

TEST(ConnectionCheck, WrongCredentialsAreRefused) {
    for (const int status : {401, 403}) {
        const auto found = report(config::Region::us, response(status, R"({"meta":{"error":"Unauthorized"}})"));
        EXPECT_FALSE(found.usable);
        EXPECT_THAT(found.text,
                    HasSubstr("refused: track.customer.io rejects the credentials: " + std::to_string(status)));
        EXPECT_THAT(found.text, HasSubstr("Unauthorized"));
    }
}

TEST(ConnectionCheck, AServerThatDoesNotAnswerIsUnreachable) {
    HttpResponse none;
    none.error = "connect to track.customer.io:443: Connection refused";
    const auto found = report(config::Region::us, none);
    EXPECT_FALSE(found.usable);
    EXPECT_EQ(found.text, "destinations[customerio]: unreachable: " + none.error);
}

TEST(ConnectionCheck, AnythingElseSaysNothingAboutTheCredentials) {
    for (const auto& other : {response(200, "<html>"), response(200, R"({"region":"mars"})"), response(200, "[]"),
                              response(503), response(404), response(429)}) {
        const auto found = report(config::Region::autodetect, other);
        EXPECT_FALSE(found.usable) << other.status;
        EXPECT_THAT(found.text, StartsWith("destinations[customerio]: unknown: track.customer.io")) << other.status;
    }
}

TEST(ConnectionCheck, AResponseDoesNotControlTheTerminal) {
    const auto found = report(config::Region::us, response(401, "{\"meta\":{\"error\":\"\\u001b[2J\"}}"));
    EXPECT_EQ(found.text.find('\x1b'), std::string::npos);
}

TEST(ConnectionCheck, FilesThatCannotBeUsedAreNamed) {
    auto broken = destination(config::Region::us);
    broken.ca_file = "/dev/null/ca.pem";
    config::Config config;
    config.destinations = {broken};
    const auto found = check_connections(config);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found[0].usable);
    EXPECT_THAT(found[0].text, StartsWith("destinations[customerio]: unusable: ca_file /dev/null/ca.pem"));
}

ConnectionReport collector_report(const HttpResponse& response) {
    config::Otlp otlp;
    otlp.endpoint = http::client::Endpoint{true, "collector", 4318, ""};
    return report_collector(otlp, telemetry::Signal::traces, response, WallTime{});
}

TEST(ConnectionCheck, ACollectorThatAcceptsAnEmptyExportIsUsable) {
    const auto found = collector_report(response(200, "{}"));
    EXPECT_TRUE(found.usable);
    EXPECT_EQ(found.text, "telemetry.otlp: traces: works: https://collector:4318 answers 200 to an empty export");
}

TEST(ConnectionCheck, ACollectorThatRefusesIsNot) {
    const auto found = collector_report(response(401, "missing token"));
    EXPECT_FALSE(found.usable);
    EXPECT_EQ(found.text,
              "telemetry.otlp: traces: refused: https://collector:4318: the collector answers 401: missing token");
}

TEST(ConnectionCheck, ACollectorThatIsBusyOrDownIsNotUsableNow) {
    EXPECT_THAT(collector_report(response(503)).text, HasSubstr("unknown: https://collector:4318: "));
    HttpResponse none;
    none.error = "connect to collector:4318: Connection refused";
    const auto found = collector_report(none);
    EXPECT_FALSE(found.usable);
    EXPECT_EQ(found.text, "telemetry.otlp: traces: unreachable: " + none.error);
}

}  // namespace
}  // namespace pintle::cli
