#include "config_fixture.hpp"
#include "pintle/config/values.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

const Variables credentials{{"PINTLE_WRITE_KEY", "wk"}, {"CUSTOMERIO_SITE_ID", "s"}, {"CUSTOMERIO_API_KEY", "k"}};

Variables with(const std::string& name, const std::string& value) {
    Variables variables = credentials;
    variables[name] = value;
    return variables;
}

TEST_F(ConfigTest, TheEnvironmentAloneIsEnough) {
    const auto loaded = load_environment(credentials);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(texts(loaded.warnings), IsEmpty());
    Config expected;
    expected.sources.push_back({"default", {"wk"}, "customerio", {}, false, 0, {}, {}});
    expected.destinations.emplace_back();
    expected.destinations[0].name = "customerio";
    expected.destinations[0].site_id = "s";
    expected.destinations[0].api_key = "k";
    EXPECT_EQ(facts_of(loaded.config), facts_of(expected));
}

struct Override {
    std::string variable;
    std::string value;
    std::string path;
    std::string holds;
};

void PrintTo(const Override& o, std::ostream* out) {
    *out << o.variable;
}

class EveryVariable : public ConfigTest, public testing::WithParamInterface<Override> {};

TEST_P(EveryVariable, SetsItsKeyWithoutAFile) {
    const auto& [variable, value, path, holds] = GetParam();
    const auto loaded = load_environment(with(variable, value));
    EXPECT_THAT(changed(facts_of(loaded.config), facts_of(load_environment(credentials).config)),
                ElementsAre(Pair(path, holds)));
}

TEST_P(EveryVariable, WinsOverTheFile) {
    const auto& [variable, value, path, holds] = GetParam();
    const std::string yaml = minimal +
                             "    api_version: v1\n"
                             "listen: 127.0.0.1:1\n"
                             "admin: {listen: 127.0.0.1:2}\n"
                             "journal: {directory: /file}\n"
                             "log: {level: warn}\n";
    const auto loaded = load(yaml, {{variable, value}});
    EXPECT_THAT(changed(facts_of(loaded.config), facts_of(load(yaml).config)), ElementsAre(Pair(path, holds)));
}

TEST_P(EveryVariable, CountsAsUnsetWhereItIsEmpty) {
    EXPECT_THAT(changed(facts_of(load(minimal, {{GetParam().variable, ""}}).config), facts_of(load(minimal).config)),
                IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Variables, EveryVariable,
    testing::Values(Override{"PINTLE_LISTEN", "127.0.0.1:0", "listen", "127.0.0.1:0"},
                    Override{"PINTLE_ADMIN_LISTEN", "[::1]:81", "admin.listen", "[::1]:81"},
                    Override{"PINTLE_JOURNAL_DIRECTORY", "/journal", "journal.directory", "/journal"},
                    Override{"PINTLE_LOG_LEVEL", "debug", "log.level", "debug"},
                    Override{"PINTLE_WRITE_KEY", "other", "sources[0].write_key", "other"},
                    Override{"PINTLE_INGEST_CORS_ORIGINS", "https://a.example, https://b.example",
                             "ingest.cors_origins", "[https://a.example][https://b.example]"},
                    Override{"PINTLE_SOURCE_TYPES", "page,track", "sources[0].types", "[page][track]"},
                    Override{"PINTLE_DESTINATION_CONSENT_CATEGORIES", "ads, email",
                             "destinations[0].consent_categories", "[ads][email]"},
                    Override{"CUSTOMERIO_SITE_ID", "other", "destinations[0].site_id", "other"},
                    Override{"CUSTOMERIO_API_KEY", "other", "destinations[0].api_key", "other"},
                    Override{"CUSTOMERIO_REGION", "auto", "destinations[0].region", "2"},
                    Override{"CUSTOMERIO_BASE_URL", "https://a.example", "destinations[0].base_url", "a.example"},
                    Override{"CUSTOMERIO_API_VERSION", "v2", "destinations[0].api_version", "1"},
                    Override{"CUSTOMERIO_CA_FILE", "/ca.pem", "destinations[0].ca_file", "/ca.pem"},
                    Override{"CUSTOMERIO_DEVICE_TOKEN_EVENT_NAME", "Token", "destinations[0].device_token_event_name",
                             "Token"}),
    [](const auto& param) { return param.param.variable; });

TEST_F(ConfigTest, WhatTheEnvironmentLacksIsNamedByItsVariables) {
    EXPECT_THAT(texts(load_environment({}).problems),
                ElementsAre(HasSubstr("CUSTOMERIO_SITE_ID: is missing"), HasSubstr("CUSTOMERIO_API_KEY: is missing"),
                            HasSubstr("PINTLE_WRITE_KEY: is missing")));
}

TEST_F(ConfigTest, ACheckOfTheEnvironmentNeedsAWriteKeyUnlessThereAreNoSecrets) {
    Variables variables = credentials;
    variables.erase("PINTLE_WRITE_KEY");
    EXPECT_THAT(texts(load_environment(variables, Purpose::check).problems),
                ElementsAre(HasSubstr("PINTLE_WRITE_KEY: is missing")));
    const auto loaded = load_environment(variables, Purpose::check_without_secrets);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(texts(loaded.warnings), ElementsAre(HasSubstr("there is no source")));
}

TEST_F(ConfigTest, TransformNeedsNoEnvironment) {
    const auto loaded = load_environment({}, Purpose::transform);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_EQ(loaded.config.destinations.size(), 1U);
}

TEST_F(ConfigTest, AWrongVariableIsNamedWithoutAFile) {
    EXPECT_THAT(texts(load_environment(with("PINTLE_LOG_LEVEL", "loud")).problems),
                ElementsAre(R"(PINTLE_LOG_LEVEL: "loud" is not one of trace, debug, info, warn, error)"));
}

TEST_F(ConfigTest, AVariableThatDoesNotGoWithTheRestIsNamed) {
    EXPECT_THAT(texts(load_environment(with("CUSTOMERIO_CA_FILE", "/dev/null/none")).problems),
                ElementsAre(R"(CUSTOMERIO_CA_FILE: "/dev/null/none" cannot be read: Not a directory)"));
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"PINTLE_ADMIN_LISTEN", "0.0.0.0:9090"}}),
                ElementsAre("PINTLE_ADMIN_LISTEN: 0.0.0.0:9090 can be reached from other hosts, which requires "
                            "admin.token or admin.tokens"));
}

TEST_F(ConfigTest, AVariableStandsInForOneThatTheFileLacks) {
    const std::string yaml = "sources: [{write_key: \"${UNSET}\"}]\ndestinations: [{api_key: k}]\n";
    EXPECT_THAT(problems(yaml, Purpose::serve, credentials), IsEmpty());
}

TEST_F(ConfigTest, AVariableReplacesAWholeListOfKeys) {
    const std::string yaml = "sources: [{write_key: [\"${UNSET}\", other]}]\ndestinations: [{api_key: k}]\n";
    const auto loaded = load(yaml, credentials);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, testing::ElementsAre("wk"));
}

TEST_F(ConfigTest, VariablesMakeUpWhatAFileDoesNotMention) {
    const auto loaded = load("log: {format: json}\n", credentials);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_TRUE(loaded.config.log_json);
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, testing::ElementsAre("wk"));
    EXPECT_EQ(loaded.config.destinations.at(0).site_id, "s");
}

TEST_F(ConfigTest, AmongSeveralTheVariablesMeanNoneAndThatIsSaid) {
    const std::string yaml =
        "sources: [{name: a, write_key: 1, destination: x}, {name: b, write_key: 2, destination: y}]\n"
        "destinations: [{name: x, site_id: s, api_key: k}, {name: y, site_id: s, api_key: "
        "\"${CUSTOMERIO_API_KEY}\"}]\n";
    const Variables variables{
        {"PINTLE_WRITE_KEY", "SECRET"}, {"CUSTOMERIO_API_VERSION", "v2"}, {"CUSTOMERIO_API_KEY", "other"}};
    const auto loaded = load(yaml, variables);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, testing::ElementsAre("1"));
    EXPECT_EQ(loaded.config.destinations.at(0).mapping.api_version, customerio::ApiVersion::v1);
    EXPECT_EQ(loaded.config.destinations.at(1).api_key, "other");
    const auto ignored = [](const std::string& variable, const std::string& list) {
        return variable + ": is not applied, because there are 2 " + list + "; refer to it in the file as ${" +
               variable + "}";
    };
    EXPECT_THAT(texts(loaded.warnings),
                ElementsAre(ignored("PINTLE_WRITE_KEY", "sources"), ignored("CUSTOMERIO_API_VERSION", "destinations")));
}

// As a reload that adds a destination would send the events of the first one to another host.
TEST_F(ConfigTest, AmongSeveralDestinationsAVariableThatSaysWhereToDeliverIsAnError) {
    const std::string yaml =
        "sources: [{name: a, write_key: 1, destination: x}]\n"
        "destinations: [{name: x, site_id: s, api_key: k}, {name: y, site_id: s, api_key: k}]\n";
    for (const auto& [variable, value] :
         Variables{{"CUSTOMERIO_BASE_URL", "https://127.0.0.1:1"}, {"CUSTOMERIO_REGION", "eu"}}) {
        EXPECT_THAT(
            texts(load(yaml, {{variable, value}}).problems),
            ElementsAre(variable + ": is not applied, because there are 2 destinations; refer to it in the file as ${" +
                        variable + "}"));
    }
}

TEST_F(ConfigTest, AFileOfAVariableThatIsNotAppliedIsNamed) {
    const auto file = write("key", "k");
    const std::string rest =
        "{name: b, write_key: 2, destination: x}]\n"
        "destinations: [{name: x, site_id: s, api_key: k}]\n";
    const auto loaded =
        load("sources: [{name: a, write_key: 1, destination: x}, " + rest, {{"PINTLE_WRITE_KEY_FILE", file}});
    EXPECT_THAT(texts(loaded.warnings),
                ElementsAre("PINTLE_WRITE_KEY_FILE: is not applied, because there are 2 sources; refer to it in the "
                            "file as {file: \"${PINTLE_WRITE_KEY_FILE}\"}"));
    const auto used =
        load("sources: [{name: a, write_key: {file: \"${PINTLE_WRITE_KEY_FILE}\"}, destination: x}, " + rest,
             {{"PINTLE_WRITE_KEY_FILE", file}});
    EXPECT_THAT(texts(used.warnings), IsEmpty());
    EXPECT_THAT(used.config.sources.at(0).write_keys, ElementsAre("k"));
}

TEST_F(ConfigTest, TheLinesOfAFileAreSeveralWriteKeys) {
    const auto file = write("keys", "old\r\n\nnew\n");
    const auto by_variable = load(minimal, {{"PINTLE_WRITE_KEY_FILE", file}});
    EXPECT_THAT(texts(by_variable.problems), IsEmpty());
    EXPECT_THAT(by_variable.config.sources.at(0).write_keys, ElementsAre("old", "new"));
    const auto by_key =
        load("sources: [{write_key: {file: " + file + "}}]\ndestinations: [{site_id: s, api_key: k}]\n");
    EXPECT_THAT(by_key.config.sources.at(0).write_keys, ElementsAre("old", "new"));
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"CUSTOMERIO_API_KEY_FILE", file}}),
                ElementsAre(HasSubstr("has more than one line; a file holds one secret")));
}

TEST_F(ConfigTest, AWriteKeyThatLooksLikeAListOrHasQuotesIsWarnedOf) {
    EXPECT_THAT(texts(load(minimal, {{"PINTLE_WRITE_KEY", "a,b"}}).warnings),
                ElementsAre(HasSubstr("PINTLE_WRITE_KEY: has a comma and is one key")));
    EXPECT_THAT(texts(load(minimal, {{"PINTLE_WRITE_KEY", "\"a\""}}).warnings),
                ElementsAre("PINTLE_WRITE_KEY: has quotes around it, which are part of the key"));
    EXPECT_THAT(texts(load(minimal, {{"PINTLE_WRITE_KEY", "a-b_c"}}).warnings), IsEmpty());
}

TEST_F(ConfigTest, VariablesStandAnywhereInAValue) {
    const auto name = [&](const std::string& value, const Variables& variables) {
        return load(minimal + "    name: \"" + value + "\"\n", variables).config.destinations.at(0).name;
    };
    EXPECT_EQ(name("a-${B}-${C:-c}", {{"B", "b"}}), "a-b-c");
    EXPECT_EQ(name("${A:-x}", {{"A", ""}}), "x");
    EXPECT_EQ(name("${A:-}z", {}), "z");
    EXPECT_EQ(name("$${A}", {{"A", "a"}}), "${A}");
    EXPECT_EQ(name("$A $", {{"A", "a"}}), "$A $");
}

TEST_F(ConfigTest, AVariablesValueIsNotExpandedAgain) {
    const auto loaded = load(minimal + "    name: ${A}\n", {{"A", "${B}"}, {"B", "b"}});
    EXPECT_EQ(loaded.config.destinations.at(0).name, "${B}");
}

TEST_F(ConfigTest, AnUnknownVariableIsAnErrorThatNamesASimilarOne) {
    EXPECT_THAT(texts(load_environment(with("PINTLE_INGEST_MAXBODY", "1MB")).problems),
                ElementsAre("PINTLE_INGEST_MAXBODY: there is no such variable; did you mean PINTLE_INGEST_MAX_BODY?"));
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"PINTLE_XYZ", "1"}}),
                ElementsAre("PINTLE_XYZ: there is no such variable; docs/configuration.md lists all"));
    EXPECT_THAT(problems(minimal, Purpose::locate, {{"PINTLE_XYZ", "1"}}), IsEmpty()) << "for the daemon alone";
}

TEST_F(ConfigTest, AVariableThatIsCalledAfterItsKeyIsAnErrorThatNamesTheRealOne) {
    const std::map<std::string, std::string> names{
        {"PINTLE_DESTINATION_API_VERSION", "CUSTOMERIO_API_VERSION"},
        {"PINTLE_DESTINATION_API_VERSON", "CUSTOMERIO_API_VERSION"},
        {"PINTLE_DESTINATION_API_KEY_FILE", "CUSTOMERIO_API_KEY_FILE"},
        {"PINTLE_SOURCE_WRITE_KEY", "PINTLE_WRITE_KEY"},
    };
    for (const auto& [name, real] : names) {
        EXPECT_THAT(problems(minimal, Purpose::serve, {{name, "v2"}}),
                    ElementsAre(name + ": there is no such variable; did you mean " + real + "?"));
    }
}

TEST_F(ConfigTest, AVariableOfCustomerioThatIsLikeAKnownOneIsAnErrorThatNamesIt) {
    const std::map<std::string, std::string> similar{
        {"CUSTOMERIO_APIKEY", "CUSTOMERIO_API_KEY"},
        {"CUSTOMERIO_API_KEYFILE", "CUSTOMERIO_API_KEY_FILE"},
        {"CUSTOMERIO_SITEID", "CUSTOMERIO_SITE_ID"},
        {"CUSTOMERIO_BASE_URI", "CUSTOMERIO_BASE_URL"},
    };
    for (const auto& [name, real] : similar) {
        EXPECT_THAT(problems(minimal, Purpose::serve, {{name, "x"}}),
                    ElementsAre(name + ": there is no such variable; did you mean " + real + "?"));
    }
    EXPECT_THAT(problems(minimal, Purpose::locate, {{"CUSTOMERIO_APIKEY", "x"}}), IsEmpty()) << "for the daemon alone";
}

TEST_F(ConfigTest, AFileForAValueThatIsNoSecretIsAnErrorThatNamesTheVariable) {
    for (const auto& [name, real] : Variables{{"CUSTOMERIO_SITE_ID_FILE", "CUSTOMERIO_SITE_ID"},
                                              {"PINTLE_DESTINATION_SITE_ID_FILE", "CUSTOMERIO_SITE_ID"},
                                              {"PINTLE_LISTEN_FILE", "PINTLE_LISTEN"}}) {
        EXPECT_THAT(problems(minimal, Purpose::serve, {{name, "/run/secrets/x"}}),
                    ElementsAre(name + ": only a secret may lie in a file; set " + real));
    }
}

TEST_F(ConfigTest, AVariableOfAnotherProgramIsOnlyWarnedOf) {
    const auto ignored = [](const std::string& name) {
        return name + ": is not one of pintle's variables and is ignored";
    };
    for (const std::string name : {"CUSTOMERIO_APP_API_KEY", "CUSTOMERIO_WEBHOOK_SECRET", "CUSTOMERIO_WORKSPACE"}) {
        const auto loaded = load(minimal, {{name, "x"}});
        EXPECT_THAT(texts(loaded.problems), IsEmpty());
        EXPECT_THAT(texts(loaded.warnings), ElementsAre(ignored(name)));
    }
    const auto loaded = load(minimal, {{"CUSTOMERIO_API_KEY", "k"}, {"CUSTOMERIO_APP_KEY", "x"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty()) << "it stands beside the one that it is like";
    EXPECT_THAT(texts(loaded.warnings), ElementsAre(ignored("CUSTOMERIO_APP_KEY")));
    EXPECT_THAT(texts(load(minimal, {{"CUSTOMERIO_SERVICE_HOST", "10.0.0.1"}}).warnings), IsEmpty()) << "Kubernetes'";
}

TEST_F(ConfigTest, AFileForAValueThatIsNoSecretIsAnErrorAlsoBesideAnEmptyVariable) {
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"CUSTOMERIO_SITE_ID_FILE", "/x"}, {"CUSTOMERIO_SITE_ID", ""}}),
                ElementsAre("CUSTOMERIO_SITE_ID_FILE: only a secret may lie in a file; set CUSTOMERIO_SITE_ID"));
    const auto loaded = load(minimal, {{"CUSTOMERIO_SITE_ID_FILE", "/x"}, {"CUSTOMERIO_SITE_ID", "s"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(texts(loaded.warnings), ElementsAre("CUSTOMERIO_SITE_ID_FILE: is ignored: only a secret may lie in a "
                                                    "file, and CUSTOMERIO_SITE_ID is set"));
}

TEST_F(ConfigTest, ACheckNamesWhatAVariableOverridesInTheFile) {
    const auto warnings = [&](const Variables& variables, Purpose purpose = Purpose::check,
                              const std::string& yaml = minimal) {
        return texts(load(yaml, variables, purpose).warnings);
    };
    EXPECT_THAT(warnings({{"CUSTOMERIO_API_KEY", "other"}}),
                ElementsAre("CUSTOMERIO_API_KEY: overrides destinations[0].api_key of line 6"));
    EXPECT_THAT(warnings({{"PINTLE_WRITE_KEY_FILE", write("key", "other\n")}}, Purpose::check_without_secrets),
                ElementsAre("PINTLE_WRITE_KEY_FILE: overrides sources[0].write_key of line 2"));
    EXPECT_THAT(warnings({{"CUSTOMERIO_API_KEY", "k"}}), IsEmpty()) << "the same value";
    EXPECT_THAT(warnings({{"PINTLE_LOG_LEVEL", "debug"}}), IsEmpty()) << "the file does not have it";
    EXPECT_THAT(warnings({{"CUSTOMERIO_API_KEY", "other"}}, Purpose::serve), IsEmpty()) << "it may be meant";
    EXPECT_THAT(warnings({{"CUSTOMERIO_API_KEY", "other"}}, Purpose::check,
                         "sources: [{write_key: wk}]\n"
                         "destinations: [{site_id: s, api_key: \"a-${CUSTOMERIO_API_KEY}\"}]\n"),
                IsEmpty())
        << "the file names it";
}

TEST_F(ConfigTest, EverySecretMayLieInAFile) {
    const auto file = write("secret", "from the file\n");
    const auto header = write("header", "A: from the file\n");
    const auto loaded = load(minimal, {{"PINTLE_WRITE_KEY_FILE", file},
                                       {"CUSTOMERIO_API_KEY_FILE", file},
                                       {"PINTLE_ADMIN_TOKEN_FILE", file},
                                       {"PINTLE_TELEMETRY_OTLP_HEADERS_FILE", header}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    const std::string secret = "from the file";
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, ElementsAre(secret));
    EXPECT_EQ(loaded.config.destinations.at(0).api_key, secret);
    EXPECT_EQ(loaded.config.admin_token, secret);
    EXPECT_THAT(loaded.config.otlp.headers, ElementsAre("A: from the file"));
}

TEST_F(ConfigTest, AVariableReplacesTheListOfTheFile) {
    const auto loaded = load(minimal + "    semantic_events: [User Deleted]\ningest: {cors_origins: [\"*\"]}\n",
                             {{"PINTLE_DESTINATION_SEMANTIC_EVENTS", "User Suppressed,User Unsuppressed"},
                              {"PINTLE_INGEST_CORS_ORIGINS", "https://a.example"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(SemanticEventNames::show(loaded.config.destinations.at(0).mapping.semantic_events),
                ElementsAre("User Suppressed", "User Unsuppressed"));
    EXPECT_THAT(loaded.config.ingest.cors_origins, ElementsAre("https://a.example"));
}

TEST_F(ConfigTest, AnItemOfAVariablesListIsChecked) {
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"PINTLE_SOURCE_TYPES", "page,dance"}}),
                ElementsAre(HasSubstr("PINTLE_SOURCE_TYPES: \"dance\" is not")));
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"PINTLE_DESTINATION_CONSENT_CATEGORIES", "ads,,email"}}),
                ElementsAre("PINTLE_DESTINATION_CONSENT_CATEGORIES: is empty"));
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"PINTLE_SOURCE_DESTINATIONS", "customerio, other"}}),
                ElementsAre(HasSubstr("PINTLE_SOURCE_DESTINATIONS: \"other\" is not a destination")));
}

TEST_F(ConfigTest, AWriteKeyInAVariableMayContainACommaAsItIsOneKey) {
    const auto loaded = load(minimal, {{"PINTLE_WRITE_KEY", "old,new"}});
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, ElementsAre("old,new"));
}

TEST_F(ConfigTest, AVariableThatTheFileRefersToIsKnown) {
    EXPECT_THAT(problems("sources: [{write_key: \"${PINTLE_KEY_OF_WEB}\"}]\ndestinations: [{site_id: s, api_key: k}]\n",
                         Purpose::serve, {{"PINTLE_KEY_OF_WEB", "wk"}}),
                IsEmpty());
}

TEST_F(ConfigTest, VariablesThatKubernetesSetsForAServiceAreNotOurs) {
    const Variables variables{{"PINTLE_SERVICE_HOST", "10.0.0.1"},
                              {"PINTLE_SERVICE_PORT", "8080"},
                              {"PINTLE_SERVICE_PORT_HTTP", "8080"},
                              {"PINTLE_PORT", "tcp://10.0.0.1:8080"},
                              {"PINTLE_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                              {"PINTLE_PORT_8080_TCP_ADDR", "10.0.0.1"},
                              {"PINTLE_ADMIN_SERVICE_HOST", "10.0.0.2"},
                              {"PINTLE_ADMIN_PORT_9090_TCP_PROTO", "tcp"}};
    EXPECT_THAT(problems(minimal, Purpose::serve, variables), IsEmpty());
}

TEST_F(ConfigTest, ASecretMayLieInAFile) {
    const auto file = write("secret", "from the file\n");
    const auto by_variable = load(minimal, {{"CUSTOMERIO_API_KEY_FILE", file}, {"PINTLE_ADMIN_TOKEN_FILE", file}});
    EXPECT_THAT(texts(by_variable.problems), IsEmpty());
    EXPECT_EQ(by_variable.config.destinations.at(0).api_key, "from the file");
    EXPECT_EQ(by_variable.config.admin_token, "from the file");
    const auto by_key = load(
        "sources: [{write_key: [{file: \"${SECRETS}\"}, other]}]\n"
        "destinations: [{site_id: s, api_key: {file: " +
            file + "}}]\n",
        {{"SECRETS", file}});
    EXPECT_THAT(texts(by_key.problems), IsEmpty());
    EXPECT_THAT(by_key.config.sources.at(0).write_keys, ElementsAre("from the file", "other"));
    EXPECT_EQ(by_key.config.destinations.at(0).api_key, "from the file");
}

TEST_F(ConfigTest, ASecretsFileThatCannotBeReadIsNamed) {
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"CUSTOMERIO_API_KEY_FILE", "/none"}}),
                ElementsAre(AllOf(HasSubstr("CUSTOMERIO_API_KEY_FILE: "), HasSubstr("cannot be read: No such file"))));
    EXPECT_THAT(problems("sources: [{write_key: k}]\ndestinations: [{site_id: s, api_key: {file: /dev/null/x}}]\n"),
                ElementsAre("pintle.yaml:2: destinations[0].api_key: \"/dev/null/x\" cannot be read: Not a directory"));
    auto file = write("secret", "\n");
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"CUSTOMERIO_API_KEY_FILE", file}}),
                ElementsAre(HasSubstr("is empty")));
    file = write("secret", "k\n");
    EXPECT_THAT(problems(minimal, Purpose::serve, {{"CUSTOMERIO_API_KEY_FILE", file}, {"CUSTOMERIO_API_KEY", "k"}}),
                ElementsAre("CUSTOMERIO_API_KEY_FILE: CUSTOMERIO_API_KEY is set too; unset one of the two"));
    EXPECT_THAT(problems("admin: {listen: {file: x}}\n" + minimal), ElementsAre(HasSubstr("must be a single value")))
        << "only a secret may";
}

TEST_F(ConfigTest, ASecretThatCannotBeReadIsNotMissingToo) {
    const Variables variables{{"CUSTOMERIO_SITE_ID", "s"},
                              {"CUSTOMERIO_API_KEY_FILE", "/dev/null/x"},
                              {"PINTLE_WRITE_KEY_FILE", "/dev/null/y"}};
    EXPECT_THAT(
        texts(load_environment(variables).problems),
        testing::UnorderedElementsAreArray({StartsWith("CUSTOMERIO_API_KEY_FILE: \"/dev/null/x\" cannot be read"),
                                            StartsWith("PINTLE_WRITE_KEY_FILE: \"/dev/null/y\" cannot be read")}));
}

TEST_F(ConfigTest, FindingTheDaemonNeedsNoSecretsFile) {
    EXPECT_THAT(problems("admin: {token: {file: /dev/null/x}}\n" + minimal, Purpose::locate), IsEmpty());
    EXPECT_THAT(problems(minimal, Purpose::locate, {{"PINTLE_ADMIN_TOKEN_FILE", "/dev/null/x"}}), IsEmpty());
    const auto unread = [&](const std::string& yaml, const Variables& variables = {}) {
        return texts(load(yaml, variables, Purpose::locate).unread_tokens);
    };
    EXPECT_THAT(unread("admin: {token: {file: /dev/null/x}}\n" + minimal),
                ElementsAre("pintle.yaml:1: admin.token: \"/dev/null/x\" cannot be read: Not a directory"));
    EXPECT_THAT(unread("admin: {token: \"${TOKEN}\"}\n" + minimal),
                ElementsAre("pintle.yaml:1: admin.token: the environment variable TOKEN is not set"));
    EXPECT_THAT(unread(minimal, {{"PINTLE_ADMIN_TOKEN_FILE", "/dev/null/x"}}),
                ElementsAre("PINTLE_ADMIN_TOKEN_FILE: \"/dev/null/x\" cannot be read: Not a directory"));
    EXPECT_THAT(unread(minimal, {{"PINTLE_WRITE_KEY_FILE", "/dev/null/x"}}), IsEmpty());
}

TEST(ProcessEnvironment, KnowsWhatIsSetAndWhatIsNot) {
    ::setenv("PINTLE_TEST_VARIABLE", "value", 1);  // NOLINT(concurrency-mt-unsafe): the test has one thread
    EXPECT_EQ(process_environment()("PINTLE_TEST_VARIABLE"), "value");
    EXPECT_EQ(process_environment()("PINTLE_TEST_VARIABLE_NOT_SET"), std::nullopt);
    EXPECT_THAT(process_environment().names(), testing::Contains("PINTLE_TEST_VARIABLE"));
}

TEST(DestinationEndpoint, IsTheRegionsUnlessABaseUrlIsSet) {
    Destination destination;
    EXPECT_EQ(destination.endpoint().authority(), "track.customer.io");
    destination.region = Region::autodetect;
    EXPECT_EQ(destination.endpoint().authority(), "track.customer.io");
    destination.region = Region::eu;
    EXPECT_EQ(destination.endpoint().authority(), "track-eu.customer.io");
    destination.base_url = http::client::Endpoint{true, "cio.example", 8443, ""};
    EXPECT_EQ(destination.endpoint().authority(), "cio.example:8443");
}

TEST(ListenAddress, KnowsWhetherOthersCanReachIt) {
    EXPECT_TRUE((Listen{"127.0.0.1", 1}).loopback());
    EXPECT_TRUE((Listen{"::1", 1}).loopback());
    EXPECT_FALSE((Listen{"0.0.0.0", 1}).loopback());
    EXPECT_FALSE((Listen{"::", 1}).loopback());
    EXPECT_FALSE((Listen{"10.0.0.1", 1}).loopback());
}

}  // namespace
}  // namespace pintle::config
