#include <string>
#include <vector>

#include "config_fixture.hpp"

namespace pintle::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string otlp(const std::string& keys) {
    return "telemetry: {otlp: {" + keys + "}}\n";
}

TEST_F(ConfigTest, HeadersOfTelemetryMayComeFromAFileAndAVariable) {
    const auto file = write("header", "Authorization: Bearer t\n");
    const auto loaded = load(minimal + otlp("headers: [{file: " + file + "}, \"X-Scope-OrgID: a\"]"));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(loaded.config.otlp.headers, ElementsAre("Authorization: Bearer t", "X-Scope-OrgID: a"));
    EXPECT_THAT(load(minimal, {{"PINTLE_TELEMETRY_OTLP_HEADERS", "A: b"}}).config.otlp.headers, ElementsAre("A: b"));
    EXPECT_THAT(load(minimal, {{"PINTLE_TELEMETRY_OTLP_HEADERS_FILE", file}}).config.otlp.headers,
                ElementsAre("Authorization: Bearer t"));
}

TEST_F(ConfigTest, AHeaderOfTelemetryHasANameAndAValueAndIsNotShown) {
    for (const std::string header : {"secret", ": secret", "na me: secret", "a: secret\\nb: c", "a\\u0001: secret"}) {
        const auto found = problems(minimal + otlp("headers: [\"" + header + "\"]"));
        EXPECT_THAT(found, ElementsAre(HasSubstr("telemetry.otlp.headers[0]: is not a header"))) << header;
        EXPECT_THAT(found, ElementsAre(Not(HasSubstr("secret")))) << header;
    }
    EXPECT_THAT(problems(minimal + otlp("headers: [\"content-TYPE: text/plain\"]")),
                ElementsAre(HasSubstr("\"content-TYPE\" is a header that pintle itself sets")));
}

TEST_F(ConfigTest, TheEndpointOfTelemetryIsAUrlWithoutTheSignal) {
    EXPECT_THAT(problems(minimal + otlp("endpoint: \"collector:4318\"")), ElementsAre(HasSubstr("is not of the form")));
    EXPECT_THAT(problems(minimal + otlp("endpoint: \"https://user:secret@collector\"")),
                ElementsAre(Not(HasSubstr("secret"))));
    for (const std::string path : {"/v1/metrics", "/otlp/v1/traces/"}) {
        EXPECT_THAT(problems(minimal + otlp("endpoint: \"https://collector" + path + "\"")),
                    ElementsAre(HasSubstr("must be the URL without /v1/metrics or /v1/traces")))
            << path;
    }
}

TEST_F(ConfigTest, HeadersOfTelemetryAreWarnedOfWhereTheyAreSentUnencrypted) {
    const auto warnings = [&](const std::string& keys) { return texts(load(minimal + otlp(keys)).warnings); };
    const std::string headers = ", headers: [\"A: b\"]";
    EXPECT_THAT(warnings("endpoint: \"http://collector:4318\"" + headers), ElementsAre(HasSubstr("unencrypted")));
    EXPECT_THAT(warnings("endpoint: \"http://collector:4318\""), IsEmpty());
    EXPECT_THAT(warnings("endpoint: \"http://localhost:4318\"" + headers), IsEmpty());
    EXPECT_THAT(warnings("endpoint: \"https://collector:4318\"" + headers), IsEmpty());
}

TEST_F(ConfigTest, TheAuthorityOfTelemetryMustBeThere) {
    EXPECT_THAT(problems(minimal + otlp("ca_file: /dev/null/none")),
                ElementsAre(HasSubstr("telemetry.otlp.ca_file: \"/dev/null/none\" cannot be read")));
}

TEST_F(ConfigTest, TheVariableOfOpenTelemetrysSdkIsAWarningWhereNothingIsExported) {
    const Variables variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"}};
    EXPECT_THAT(texts(load(minimal, variables).warnings),
                ElementsAre("OTEL_EXPORTER_OTLP_ENDPOINT: is not read, and nothing is exported; set "
                            "PINTLE_TELEMETRY_OTLP_ENDPOINT or telemetry.otlp.endpoint"));
    EXPECT_THAT(texts(load(minimal + otlp("endpoint: \"http://localhost:4318\""), variables).warnings), IsEmpty());
}

}  // namespace
}  // namespace pintle::config
