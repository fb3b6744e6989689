#include "config_fixture.hpp"

namespace pintle::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Case {
    const char* name;
    std::string yaml;     // from line 8 on, behind `minimal`
    std::string problem;  // all there is
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

std::string operator""_at_8(const char* text, std::size_t size) {
    return "pintle.yaml:8: " + std::string(text, size);
}
std::string operator""_at_9(const char* text, std::size_t size) {
    return "pintle.yaml:9: " + std::string(text, size);
}
std::string operator""_at_11(const char* text, std::size_t size) {
    return "pintle.yaml:11: " + std::string(text, size);
}

class ConfigProblem : public ConfigTest, public testing::WithParamInterface<Case> {};

TEST_P(ConfigProblem, NamesItsLineAndWhatIsAllowed) {
    EXPECT_THAT(problems(minimal + GetParam().yaml), ElementsAre(GetParam().problem));
}

// Two destinations: the source of `minimal` names neither.
TEST_F(ConfigTest, AnEarlierNameIsFreeAndClaimedOnce) {
    const std::string second = "  - {name: eu, site_id: s, api_key: k, formerly: old}\n";
    EXPECT_THAT(
        problems(minimal + "    formerly: [older, eu]\n" + second),
        Contains(R"(pintle.yaml:8: destinations[0].formerly[1]: "eu" is still a destination; remove one of the two)"));
    EXPECT_THAT(problems(minimal + "    formerly: old\n" + second),
                Contains(R"(pintle.yaml:9: destinations[1].formerly: "old" is an earlier name of destinations[0] too; )"
                         "only one can take its events over"));
    EXPECT_THAT(problems(minimal + "    formerly: [older, oldest]\n" + second), Not(Contains(HasSubstr("formerly"))));
}

// `minimal` ends inside its destination: four spaces go on there.
const std::vector<Case> cases{
    {"DurationWithoutUnit", "    retry: {max_age: 5}\n",
     R"(destinations[0].retry.max_age: "5" is not a duration (500ms, 30s, 5m, 24h, 7d); allowed: 1ms to 365d)"_at_8},
    {"DurationTooShort", "ingest: {idle_timeout: 0}\n",
     R"(ingest.idle_timeout: "0" is out of range; allowed: 1ms to 24h)"_at_8},
    {"DurationTooLong", "ingest: {dedupe_window: 169h}\n",
     R"(ingest.dedupe_window: "169h" is out of range; allowed: 0 to 7d)"_at_8},
    {"DurationNegative", "ingest: {drain_timeout: -1s}\n",
     R"(ingest.drain_timeout: "-1s" is not a duration (500ms, 30s, 5m, 24h, 7d); allowed: 0 to 24h)"_at_8},
    {"DurationBeyondAllNumbers", "ingest: {drain_timeout: 9999999999999999h}\n",
     R"(ingest.drain_timeout: "9999999999999999h" is not a duration (500ms, 30s, 5m, 24h, 7d); allowed: 0 to 24h)"_at_8},
    {"SizeWithWrongUnit", "ingest:\n  max_body: 4kb\n",
     R"(ingest.max_body: "4kb" is not a size (32000, 32KB, 32KiB, 10MB, 10MiB, 2GB, 2GiB); allowed: 1KiB to 1GiB)"_at_9},
    {"SizeTooLarge", "ingest:\n  max_body: 2GiB\n",
     R"(ingest.max_body: "2GiB" is out of range; allowed: 1KiB to 1GiB)"_at_9},
    {"CountThatIsNone", "    pool: {connections: many}\n",
     R"(destinations[0].pool.connections: "many" is not a whole number; allowed: 1 to 10000)"_at_8},
    {"CountOutOfRange", "    pool: {connections: 0}\n",
     R"(destinations[0].pool.connections: "0" is out of range; allowed: 1 to 10000)"_at_8},
    {"EventsThatAreNoMap", "    events: [track]\n", "destinations[0].events: must be a map of keys and values"_at_8},
    {"EventsUnderAnUnknownKey", "    events: {only: [{type: track}]}\n",
     "destinations[0].events.only: unknown key; allowed: include, exclude"_at_8},
    {"EventsThatAreWords", "    events: {include: [track]}\n",
     "destinations[0].events.include[0]: must be a map of keys and values"_at_8},
    {"EventsOfAnUnknownType", "    events:\n      include:\n        - {type: page}\n        - {type: other}\n",
     R"(destinations[0].events.include[1].type: "other" is not one of identify, track, page, screen, group, alias)"_at_11},
    {"EventsWithAStarInTheMiddle", "    events: {exclude: [{name: \"a*b\"}]}\n",
     R"(destinations[0].events.exclude[0].name: "a*b" has a * that is not at its end; allowed: an event's name, or its beginning and *)"_at_8},
    {"EventsWithoutTypeAndName", "    events: {exclude: [{}]}\n",
     "destinations[0].events.exclude[0]: needs a type, a name, or both"_at_8},
    {"EventsOfATypeWithoutNames", "    events: {include: [{type: group, name: g}]}\n",
     "destinations[0].events.include[0].name: is not possible here: only track, page and screen events have a name"_at_8},
    {"ConsentBesideItsOlderForm", "    consent: [{provider: ketch, categories: [a]}]\n    consent_categories: [b]\n",
     "destinations[0].consent_categories: is the older form of consent; only one of the two is allowed"_at_9},
    {"ConsentThatIsNoList", "    consent: {provider: ketch, categories: [a]}\n",
     "destinations[0].consent: must be a list"_at_8},
    {"ConsentWithoutProvider", "    consent: [{categories: [a]}]\n",
     "destinations[0].consent[0].provider: is missing; allowed: oneTrust, ketch, iubenda, custom"_at_8},
    {"ConsentOfUnknownProvider", "    consent: [{provider: cookiebot, categories: [a]}]\n",
     R"(destinations[0].consent[0].provider: "cookiebot" is not one of oneTrust, ketch, iubenda, custom)"_at_8},
    {"ConsentOfOneProviderTwice",
     "    consent: [{provider: ketch, categories: [a]},\n              {provider: ketch, categories: [b]}]\n",
     "destinations[0].consent[1].provider: is that of consent[0] too; providers must differ"_at_9},
    {"ConsentWithoutCategories", "    consent: [{provider: ketch, categories: []}]\n",
     "destinations[0].consent[0].categories: is missing; at least one category is required"_at_8},
    {"ConsentWithAnEmptyCategory", "    consent: [{provider: ketch, categories: [\"\"]}]\n",
     "destinations[0].consent[0].categories[0]: is empty"_at_8},
    {"ConsentWithUnknownStrategy", "    consent: [{provider: ketch, categories: [a], strategy: xor}]\n",
     R"(destinations[0].consent[0].strategy: "xor" is not one of and, or)"_at_8},
    {"AnEarlierNameThatIsThePresentOne", "    formerly: customerio\n",
     R"(destinations[0].formerly: "customerio" is its present name)"_at_8},
    {"RateOfZero", "    rate: 0\n",
     R"(destinations[0].rate: "0" is out of range; allowed: above 0 and up to 1000000)"_at_8},
    {"RateThatIsNoNumber", "    rate: nan\n",
     R"(destinations[0].rate: "nan" is out of range; allowed: above 0 and up to 1000000)"_at_8},
    {"FlagThatIsNone", "    event_dedupe_id: yes\n",
     R"(destinations[0].event_dedupe_id: "yes" is not one of true, false)"_at_8},
    {"UnknownChoice", "log: {level: loud}\n",
     R"(log.level: "loud" is not one of trace, debug, info, warn, error)"_at_8},
    {"UnknownSemanticEvent", "    semantic_events: [User Deleted, user deleted]\n",
     R"(destinations[0].semantic_events[1]: "user deleted" is not a semantic event; allowed: all, or a list of User )"
     "Deleted, User Suppressed, User Unsuppressed, Device Created or Updated, Device Deleted, Object Deleted, "
     "Relationship Deleted"_at_8},
    {"UnknownUserIdType", "    user_id_type: phone\n",
     R"(destinations[0].user_id_type: "phone" is not one of auto, id, email, cio_id)"_at_8},
    {"UnknownScreenEvents", "    screen_events: page\n",
     R"(destinations[0].screen_events: "page" is not one of event, screen)"_at_8},
    {"UnknownApiVersion", "    api_version: v3\n", R"(destinations[0].api_version: "v3" is not one of v1, v2)"_at_8},
    {"ListenWithoutPort", "listen: 0.0.0.0\n",
     R"(listen: "0.0.0.0" is not an address to listen on; allowed: 0.0.0.0:8080, [::]:8080, localhost:8080, port 0 for any free one)"_at_8},
    {"ListenOnName", "listen: example.com:80\n",
     R"(listen: "example.com:80" is not an address to listen on; allowed: 0.0.0.0:8080, [::]:8080, localhost:8080, port 0 for any free one)"_at_8},
    {"ListenOnPortTooHigh", "listen: 0.0.0.0:65536\n",
     R"(listen: "0.0.0.0:65536" is not an address to listen on; allowed: 0.0.0.0:8080, [::]:8080, localhost:8080, port 0 for any free one)"_at_8},
    {"OriginWithPath", "ingest: {cors_origins: [https://a.example/x]}\n",
     R"(ingest.cors_origins[0]: "https://a.example/x" is not an origin; allowed: *, or scheme://host[:port] without a path, such as https://example.com)"_at_8},
    {"ListThatIsNone", "ingest: {cors_origins: \"*\"}\n", "ingest.cors_origins: must be a list"_at_8},
    {"MapThatIsNone", "log: info\n", "log: must be a map of keys and values"_at_8},
    {"ValueThatIsAMap", "listen: {port: 80}\n", "listen: must be a single value"_at_8},
    {"EmptyDirectory", "journal: {directory: \"\"}\n", "journal.directory: is empty"_at_8},
    {"EmptyName", "    name: \"\"\n", "destinations[0].name: is empty; a name has 1 to 255 bytes"_at_8},
    {"MisspeltKey", "    api_versoin: v1\n",
     "destinations[0].api_versoin: unknown key; did you mean api_version?"_at_8},
    {"MisspeltKeyOfAMap", "    retry:\n      max_backof: 1s\n",
     "destinations[0].retry.max_backof: unknown key; did you mean max_backoff?"_at_9},
    {"KeyOfTwoLines", "\"a\\nb\": 1\n",
     "a?b: unknown key; allowed: listen, ingest, admin, journal, sources, destinations, log, telemetry"_at_8},
    {"KeyOneMapTooHigh", "    max_age: 1h\n", "destinations[0].max_age: unknown key; did you mean retry.max_age?"_at_8},
    {"UnknownKey", "metrics: true\n",
     "metrics: unknown key; allowed: listen, ingest, admin, journal, sources, destinations, log, telemetry"_at_8},
    {"KeyTwice", "log: {}\nlog: {}\n", "log: is given twice; remove one of the two"_at_9},
    {"KeyThatIsNoWord", "log: {[a]: b}\n", "log: a key must be a word"_at_8},
    {"UnsetVariable", "log:\n  level: ${LEVEL}\n",
     "log.level: the environment variable LEVEL is not set; set it, or write ${LEVEL:-default}"_at_9},
    {"OpenVariable", "log:\n  level: ${LEVEL\n",
     "log.level: ${ must be followed by a variable's name and }; write $${ for the characters themselves"_at_9},
    {"VariableWithoutName", "log:\n  level: ${}\n",
     "log.level: ${ must be followed by a variable's name and }; write $${ for the characters themselves"_at_9},
    {"BadDefault", "log:\n  level: ${LEVEL:-loud}\n",
     R"(log.level: "loud" is not one of trace, debug, info, warn, error)"_at_9},
    {"BackoffTheWrongWayRound", "    retry:\n      max_backoff: 500ms\n",
     "destinations[0].retry.max_backoff: is below retry.initial_backoff"_at_9},
    {"EventLargerThanBody", "ingest: {max_event: 5MB}\n", "ingest.max_event: is above ingest.max_body"_at_8},
    {"OpenAdminWithoutToken", "admin: {listen: 0.0.0.0:9090}\n",
     "admin.listen: 0.0.0.0:9090 can be reached from other hosts, which requires admin.token or admin.tokens"_at_8},
    {"AdminTokensOfOneName", "admin: {tokens: [{name: a, token: x}, {name: a, token: y}]}\n",
     "admin.tokens[1].name: \"a\" is the name of admin.tokens[0] too; names must differ"_at_8},
    {"AdminTokenTwice", "admin: {tokens: [{name: a, token: x}, {name: b, token: x}]}\n",
     "admin.tokens[1].token: is the same as that of admin.tokens[0]; each needs its own"_at_8},
    {"AdminTokenOfNobody", "admin: {token: x, tokens: [{name: a, token: x}]}\n",
     "admin.tokens[0].token: is the same as admin.token; each needs its own"_at_8},
    {"AdminTokenWithoutToken", "admin: {tokens: [{name: a}]}\n", "admin.tokens[0].token: is missing"_at_8},
    {"AdminRole", "admin: {tokens: [{name: a, token: x, role: root}]}\n",
     "admin.tokens[0].role: \"root\" is not one of read, operate"_at_8},
    {"SameListenTwice", "admin: {token: t, listen: 0.0.0.0:8080}\n",
     "admin.listen: 0.0.0.0:8080 is also the address of listen"_at_8},
    {"CertificateWithoutKey", "ingest:\n  tls: {certificate: /dev/null/none}\n",
     "ingest.tls: certificate and key must both be set, or neither"_at_9},
    {"AbsentCaFile", "    ca_file: /dev/null/none\n",
     R"(destinations[0].ca_file: "/dev/null/none" cannot be read: Not a directory)"_at_8},
    {"SecondDocument", "---\nlisten: x\n", "a second YAML document begins here; one is allowed"_at_8},
    {"NoYaml", "listen: [1\n",
     "is not YAML: end of sequence flow not found (a { or [ is not closed, or closed twice; a value that begins with "
     "one needs quotes)"_at_9},
    {"FalseForOff", "log: {events: false}\n",
     "log.events: \"false\" is not one of off, failures, all; write \"off\" in quotes, as YAML 1.1 takes off for "
     "false"_at_8},
};

INSTANTIATE_TEST_SUITE_P(Of, ConfigProblem, testing::ValuesIn(cases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(ConfigTest, AllProblemsAreReportedInTheOrderOfTheirLines) {
    EXPECT_THAT(
        problems("log: {level: loud}\n" + minimal + "listen: 5\n", Purpose::serve, {{"CUSTOMERIO_REGION", "de"}}),
        ElementsAre(StartsWith("pintle.yaml:1: log.level: "), StartsWith("pintle.yaml:9: listen: "),
                    R"(CUSTOMERIO_REGION: "de" is not one of us, eu, auto)"));
}

TEST_F(ConfigTest, AWrongValueIsNotReportedForWhatFollowsFromIt) {
    EXPECT_THAT(problems(minimal + "    retry: {initial_backoff: 1h, max_backoff: x}\n"),
                ElementsAre(HasSubstr("max_backoff: \"x\" is not a duration")));
}

TEST_F(ConfigTest, AFileThatCannotBeReadIsNamed) {
    const auto loaded = load_config("/dev/null/none.yaml", environment_of({}), Purpose::serve);
    EXPECT_THAT(texts(loaded.problems), ElementsAre("/dev/null/none.yaml: cannot be read: Not a directory"));
}

TEST_F(ConfigTest, ADirectoryInsteadOfAFileIsNamed) {
    const auto loaded = load_config("/", environment_of({}), Purpose::serve);
    EXPECT_THAT(texts(loaded.problems), ElementsAre("/: cannot be read: Is a directory"));
}

TEST_F(ConfigTest, ARunningDaemonReadsARegularFileOnly) {
    const auto zero = reload_config("/dev/zero", environment_of({}));
    EXPECT_THAT(texts(zero.problems), ElementsAre("/dev/zero: is not a regular file"));
    const auto loaded = load_config("/dev/zero", environment_of({}), Purpose::serve);
    EXPECT_THAT(texts(loaded.problems), ElementsAre("/dev/zero: has over 4194304 bytes"));
}

TEST_F(ConfigTest, AFileThatIsNoMapIsRefused) {
    EXPECT_THAT(problems("- a\n"), ElementsAre("pintle.yaml:1: must be a map of keys and values"));
}

TEST_F(ConfigTest, AnAddressThatYamlReadsAsAListGetsAHint) {
    EXPECT_THAT(problems(minimal + "listen: [::]:8080\n"), ElementsAre(HasSubstr("needs quotes")));
}

TEST_F(ConfigTest, TextThatIsNoYamlGetsAHintThatFits) {
    const auto problem_of = [&](const std::string& yaml) { return problems(minimal + yaml).at(0); };
    const auto is_about_indentation = AllOf(HasSubstr("the indentation differs here"), StartsWith("pintle.yaml:10: "));
    EXPECT_THAT(problem_of("log:\n    level: info\n  format: json\n"), is_about_indentation);
    EXPECT_THAT(problem_of("log:\n  level: info\n    format: json\n"), is_about_indentation);
    EXPECT_THAT(problem_of("log:\n  level: info\n  - x\n"), is_about_indentation);
    EXPECT_THAT(problem_of("listen 1\nlog:\n  level: info\n"), HasSubstr("the line above has no colon"));
    EXPECT_THAT(problem_of("admin: {token: x\nlog:\n  level: info\n"), HasSubstr("a { or [ is not closed"));
    EXPECT_THAT(problem_of("listen: *:8080\n"), HasSubstr("* & ! @ % ` needs quotes"));
    EXPECT_THAT(problem_of("log:\n\tlevel: info\n"), Not(HasSubstr("quotes")));
}

TEST_F(ConfigTest, AnEmptyFileNeedsSourceAndDestinationToServe) {
    EXPECT_THAT(problems(""),
                ElementsAre(HasSubstr("destinations: at least one"), HasSubstr("sources: there is no source")));
}

TEST_F(ConfigTest, ACheckFindsWhatServeWouldRefuse) {
    for (const std::string yaml :
         {"destinations: [{name: cio, site_id: s, api_key: k}]\n", "sources: [{write_key: k}]\n",
          "sources: [{name: a}]\ndestinations: [{site_id: s, api_key: \"${KEY}\"}]\n"}) {
        EXPECT_THAT(problems(yaml), testing::Not(IsEmpty())) << yaml;
        EXPECT_EQ(problems(yaml, Purpose::check), problems(yaml)) << yaml;
    }
}

TEST_F(ConfigTest, WithoutSecretsWhatIsMissingIsAWarning) {
    const std::string yaml =
        "admin: {listen: 0.0.0.0:1, token: {file: /dev/null/token}}\n"
        "sources: [{write_key: \"${KEY}\"}]\n"
        "destinations: [{site_id: s, region: de}]\n";
    const auto loaded = load(yaml, {{"CUSTOMERIO_API_KEY_FILE", "/dev/null/key"}}, Purpose::check_without_secrets);
    EXPECT_THAT(texts(loaded.problems), ElementsAre(HasSubstr("region: \"de\" is not one of")));
    EXPECT_THAT(texts(loaded.warnings),
                testing::UnorderedElementsAre(HasSubstr("pintle.yaml:1: admin.token: "),
                                              HasSubstr("pintle.yaml:2: sources[0].write_key: "),
                                              HasSubstr("CUSTOMERIO_API_KEY_FILE: ")));
}

TEST_F(ConfigTest, TransformNeedsNoSources) {
    const auto transforming = load("destinations: [{name: cio, site_id: s, api_key: k}]\n", {}, Purpose::transform);
    EXPECT_THAT(transforming.problems, IsEmpty());
    EXPECT_THAT(transforming.warnings, IsEmpty());
}

TEST_F(ConfigTest, AWriteKeyMustFitHttpBasic) {
    EXPECT_THAT(
        problems("sources: [{write_key: [a, \"b:c\"]}]\ndestinations: [{site_id: s, api_key: k}]\n"),
        ElementsAre("pintle.yaml:1: sources[0].write_key[1]: has a colon, so that SDKs cannot send it as the user "
                    "name of HTTP Basic"));
}

TEST_F(ConfigTest, OptionsOfV2HaveNoEffectWithV1) {
    const std::string options = "    v2: {max_items: 7}\n    batch_anonymous: true\n";
    const auto ignored = load(minimal + options);
    EXPECT_THAT(texts(ignored.problems), IsEmpty());
    EXPECT_THAT(texts(ignored.warnings),
                ElementsAre("pintle.yaml:8: destinations[0].v2.max_items: has no effect with api_version: v1",
                            "pintle.yaml:9: destinations[0].batch_anonymous: has no effect with api_version: v1"));
    EXPECT_THAT(texts(load(minimal + options + "    api_version: v2\n").warnings), IsEmpty());
}

TEST_F(ConfigTest, AShareThatIsMoreThanTheJournalIsAWarning) {
    const auto warnings = [&](const std::string& share) {
        return texts(load("journal: {max_size: 2GiB}\n" + minimal + "    max_journal_size: " + share + "\n").warnings);
    };
    EXPECT_THAT(warnings("3GiB"), ElementsAre(HasSubstr("is more than journal.max_size (2GiB), which applies first")));
    EXPECT_THAT(warnings("2GiB"), IsEmpty());
}

TEST_F(ConfigTest, AJournalThatMayTakeNoEventIsAWarning) {
    EXPECT_THAT(texts(load("journal: {max_size: 1KB}\n" + minimal).warnings),
                Contains(HasSubstr("is less than 1MiB: the journal may accept no event")));
}

TEST_F(ConfigTest, ASemanticEventThatTheFilterDropsIsAWarning) {
    const auto warnings = [&](const std::string& filter) {
        return texts(
            load(minimal + "    semantic_events: [User Deleted, Device Deleted]\n    events: " + filter).warnings);
    };
    const std::string where = "pintle.yaml:8: destinations[0].semantic_events: lists ";
    const std::string what = ", but events does not admit it: it is dropped as filtered";
    EXPECT_THAT(warnings("{include: [{type: identify}, {name: \"Order *\"}]}\n"),
                ElementsAre(where + "User Deleted" + what, where + "Device Deleted" + what));
    EXPECT_THAT(warnings("{exclude: [{name: \"Device *\"}]}\n"), ElementsAre(where + "Device Deleted" + what));
    EXPECT_THAT(warnings("{include: [{name: \"User *\"}, {name: Device Deleted}]}\n"), IsEmpty());
    EXPECT_THAT(warnings("{include: [{type: track}]}\n"), IsEmpty());
}

TEST_F(ConfigTest, ADestinationThatNoSourceNamesIsWarnedOf) {
    const auto with = [](const std::string& destinations) {
        return "sources: [{write_key: k, " + destinations +
               "}]\n"
               "destinations:\n- {name: a, site_id: s, api_key: k}\n- {name: b, site_id: s, api_key: k}\n";
    };
    const auto loaded = load(with("destination: a"));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(texts(loaded.warnings),
                ElementsAre("pintle.yaml:4: destinations[1]: no source names \"b\", so it gets no events"));
    EXPECT_THAT(texts(load(with("destinations: [a, b]")).warnings), IsEmpty());
}

TEST_F(ConfigTest, ATabIsNamed) {
    for (const std::string yaml : {"sources:\n\t- write_key: k\n", "sources:\n \t- write_key: k\n"}) {
        EXPECT_THAT(problems(yaml), ElementsAre(HasSubstr("pintle.yaml:2: is not YAML: a tab in the indentation")));
    }
}

TEST_F(ConfigTest, TransformNeedsNothingThatOnlyServingNeeds) {
    EXPECT_THAT(problems("sources: [{write_key: \"${A}\"}]\n"
                         "admin: {listen: 0.0.0.0:1, token: \"${B}\"}\n"
                         "destinations: [{site_id: \"${C}\", ca_file: /dev/null/none}]\n",
                         Purpose::transform),
                IsEmpty());
}

TEST_F(ConfigTest, TransformNeedsTheVariablesOfTheMapping) {
    EXPECT_THAT(problems("destinations: [{region: \"${REGION}\"}]\n", Purpose::transform),
                ElementsAre(HasSubstr("destinations[0].region: the environment variable REGION is not set")));
}

TEST_F(ConfigTest, FindingTheDaemonNeedsItsAddressOnly) {
    EXPECT_THAT(problems("sources: [{write_key: \"${A}\"}]\n"
                         "admin: {token: \"${B}\"}\n"
                         "destinations: [{site_id: \"${C}\", region: \"${REGION}\"}]\n",
                         Purpose::locate),
                IsEmpty());
    EXPECT_THAT(problems("admin: {listen: \"${HOST}:1\"}\n", Purpose::locate),
                Contains(HasSubstr("admin.listen: the environment variable HOST is not set")));
}

TEST_F(ConfigTest, ASourceWithoutKeyIsRefused) {
    EXPECT_THAT(
        problems("sources: [{name: a}]\ndestinations: [{site_id: s, api_key: k}]\n"),
        ElementsAre(
            "pintle.yaml:1: sources[0].write_key: is missing; only insecure_no_auth: true accepts events without "
            "a key"));
}

TEST_F(ConfigTest, ASourceMayBeWithoutKeyIfThatIsSaid) {
    const std::string rest = ", insecure_no_auth: true}]\ndestinations: [{site_id: s, api_key: k}]\n";
    EXPECT_THAT(problems("sources: [{name: a" + rest), IsEmpty());
    EXPECT_THAT(problems("sources: [{write_key: \"${UNSET}\"" + rest), IsEmpty());
}

TEST_F(ConfigTest, OnlyOneSourceMayBeWithoutKey) {
    EXPECT_THAT(problems("sources: [{name: a, insecure_no_auth: true}, {name: b, insecure_no_auth: true}]\n"
                         "destinations: [{site_id: s, api_key: k}]\n"),
                ElementsAre("pintle.yaml:1: sources: only one source may be without a write key"));
}

TEST_F(ConfigTest, ASourceMayHaveSeveralKeysInAList) {
    const std::string rest = "destinations: [{site_id: s, api_key: k}]\n";
    const auto loaded = load("sources: [{write_key: [old, \"${NEW}\"]}]\n" + rest, {{"NEW", "new"}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(loaded.config.sources.at(0).write_keys, ElementsAre("old", "new"));
}

TEST_F(ConfigTest, EachKeyOfAListIsChecked) {
    const std::string rest = "destinations: [{site_id: s, api_key: k}]\n";
    EXPECT_THAT(problems("sources: [{write_key: [old, \"\"]}]\n" + rest),
                ElementsAre("pintle.yaml:1: sources[0].write_key[1]: is empty"));
    EXPECT_THAT(problems("sources: [{write_key: [old, old]}]\n" + rest),
                ElementsAre("pintle.yaml:1: sources[0].write_key[1]: is in the list twice; remove one of the two"));
    EXPECT_THAT(problems("sources: [{write_key: [\"${UNSET}\", new]}]\n" + rest),
                ElementsAre(HasSubstr("sources[0].write_key[0]: the environment variable UNSET is not set")));
    EXPECT_THAT(problems("sources: [{write_key: []}]\n" + rest), ElementsAre(HasSubstr("write_key: is missing")));
    EXPECT_THAT(problems("sources: [{write_key: {a: b}}]\n" + rest),
                ElementsAre("pintle.yaml:1: sources[0].write_key: must be a value or a list of values"));
}

TEST_F(ConfigTest, TwoSourcesCannotShareAKeyOfAList) {
    EXPECT_THAT(problems("sources:\n- {name: a, write_key: [wk, w2]}\n- name: b\n  write_key:\n  - w3\n  - w2\n"
                         "destinations: [{site_id: s, api_key: k}]\n"),
                ElementsAre("pintle.yaml:6: sources[1].write_key[1]: is the same as that of sources[0]; each source "
                            "needs its own"));
}

TEST_F(ConfigTest, TwoSourcesCannotShareAKey) {
    EXPECT_THAT(
        problems("sources:\n- {name: a, write_key: wk}\n- {name: b, write_key: wk}\n"
                 "destinations: [{site_id: s, api_key: k}]\n"),
        ElementsAre(
            "pintle.yaml:3: sources[1].write_key: is the same as that of sources[0]; each source needs its own"));
}

TEST_F(ConfigTest, ASourceNeedsADestinationThatExists) {
    const std::string two = "destinations: [{name: x, site_id: s, api_key: k}, {name: y, site_id: s, api_key: k}]\n";
    EXPECT_THAT(problems("sources: [{write_key: w, destination: z}]\n" + two),
                ElementsAre(R"(pintle.yaml:1: sources[0].destination: "z" is not a destination; allowed: x, y)"));
    EXPECT_THAT(problems("sources: [{write_key: w}]\n" + two),
                ElementsAre("pintle.yaml:1: sources[0].destination: is missing; allowed: x, y"));
}

class SeveralDestinations : public ConfigTest {
protected:
    // Of a source with these keys, on line 2.
    std::vector<std::string> of(const std::string& keys) {
        return problems("sources:\n- {write_key: w, " + keys + "}\n" + destinations);
    }

    const std::string destinations =
        "destinations: [{name: x, site_id: s, api_key: k}, {name: y, site_id: s, api_key: k}]\n";
};

TEST_F(SeveralDestinations, OfASourceAreAList) {
    EXPECT_THAT(of("destinations: [y, x]"), IsEmpty());
    EXPECT_THAT(of("destinations: x"), ElementsAre("pintle.yaml:2: sources[0].destinations: must be a list"));
    EXPECT_THAT(of("destinations: []"),
                ElementsAre("pintle.yaml:2: sources[0].destination: is missing; allowed: x, y"));
}

TEST_F(SeveralDestinations, MustExist) {
    EXPECT_THAT(of("destinations: [x, z]"),
                ElementsAre(R"(pintle.yaml:2: sources[0].destinations[1]: "z" is not a destination; allowed: x, y)"));
    EXPECT_THAT(of("destinations: [x, \"\"]"), ElementsAre("pintle.yaml:2: sources[0].destinations[1]: is empty"));
}

TEST_F(SeveralDestinations, MustDiffer) {
    EXPECT_THAT(
        of("destinations: [x, y, x]"),
        ElementsAre(R"(pintle.yaml:2: sources[0].destinations[2]: "x" is in the list twice; remove one of the two)"));
}

TEST_F(SeveralDestinations, AreGivenInOneForm) {
    EXPECT_THAT(of("destination: x, destinations: [y]"),
                ElementsAre("pintle.yaml:2: sources[0].destinations: is given beside destination; only one of the two "
                            "is allowed"));
    EXPECT_THAT(of("destination: x, destinations: []"), IsEmpty());
    EXPECT_THAT(of("destination: \"\", destinations: [x, y]"), IsEmpty());
}

TEST_F(SeveralDestinations, AListOfOneIsTheSameAsTheOne) {
    const auto source = load("sources: [{write_key: w, destinations: [y]}]\n" + destinations).config.sources.at(0);
    EXPECT_EQ(source.destination, "y");
    EXPECT_THAT(source.destinations, IsEmpty());
    EXPECT_THAT(source.destination_names(), ElementsAre("y"));
}

TEST_F(SeveralDestinations, KeepTheirOrder) {
    const auto source = load("sources: [{write_key: w, destinations: [y, x]}]\n" + destinations).config.sources.at(0);
    EXPECT_THAT(source.destination_names(), ElementsAre("y", "x"));
}

TEST_F(ConfigTest, DestinationsAreToldApartByTheirNames) {
    EXPECT_THAT(
        problems("sources: [{write_key: w, destination: x}]\n"
                 "destinations:\n- {name: x, site_id: s, api_key: k}\n- {name: x, site_id: s, api_key: k}\n"),
        ElementsAre(
            R"(pintle.yaml:4: destinations[1].name: "x" is the name of destinations[0] too; names must differ)"));
}

TEST_F(ConfigTest, EachDestinationNeedsCredentials) {
    EXPECT_THAT(
        problems("sources: [{write_key: w, destination: x}]\n"
                 "destinations:\n- {name: x, site_id: s, api_key: k}\n- {name: y, site_id: s}\n"),
        ElementsAre("pintle.yaml:4: destinations[1].api_key: is missing; see Customer.io's settings, Track API keys"));
}

TEST_F(ConfigTest, ADestinationIsAMap) {
    EXPECT_THAT(problems("sources: [{write_key: w}]\ndestinations:\n- cio\n"),
                ElementsAre("pintle.yaml:3: destinations[0]: must be a map of keys and values"));
}

TEST_F(ConfigTest, TheOnlyDestinationGoesWithoutSaying) {
    EXPECT_EQ(load(minimal).config.sources.at(0).destination, "customerio");
}

TEST_F(ConfigTest, ANameHasAtMost255Bytes) {
    const auto named = [](std::size_t size) { return minimal + "    name: " + std::string(size, 'n') + "\n"; };
    EXPECT_THAT(problems(named(255)), IsEmpty());
    EXPECT_THAT(problems(named(256)), ElementsAre("pintle.yaml:8: destinations[0].name: \"" + std::string(60, 'n') +
                                                  "...\" is longer than 255 bytes"));
}

TEST_F(ConfigTest, ABaseUrlThatIsNoneIsRefused) {
    EXPECT_THAT(problems(minimal + "    base_url: ftp://a.example\n"),
                ElementsAre(StartsWith("pintle.yaml:8: destinations[0].base_url: ")));
}

TEST_F(ConfigTest, PlainHttpToAnotherHostIsRefused) {
    const auto with_url = [&](const std::string& url) { return problems(minimal + "    base_url: \"" + url + "\"\n"); };
    for (const char* url : {"http://127.0.0.1:8080", "http://127.8.9.10", "http://localhost:8080", "http://LOCALHOST",
                            "http://[::1]:8080", "https://cio.example", "https://10.0.0.1"}) {
        EXPECT_THAT(with_url(url), IsEmpty()) << url;
    }
    for (const char* url : {"http://cio.example", "http://10.0.0.1", "http://0.0.0.0", "http://localhost.example",
                            "http://127.1", "http://[2001:db8::1]", "http://sandbox:8080"}) {
        EXPECT_THAT(
            with_url(url),
            ElementsAre("pintle.yaml:8: destinations[0].base_url: http:// is allowed for this host only "
                        "(127.0.0.0/8, ::1, localhost), as credentials and events would be sent unencrypted; use "
                        "https://"))
            << url;
    }
}

TEST_F(ConfigTest, KeysWithoutAValueKeepTheirDefault) {
    EXPECT_THAT(
        changed(facts_of(load(minimal + "listen:\ningest:\nlog: {level: ~}\n").config), facts_of(load(minimal).config)),
        IsEmpty());
}

TEST_F(ConfigTest, SecretsAreInNoText) {
    const std::vector<std::string> files{
        "sources: [{write_key: SECRET}, {write_key: SECRET}]",
        "sources: [{write_key: \"SECRET${\"}]",
        "sources: [{write_key: SECRET, write_key: SECRET}]",
        "destinations: [{site_id: [SECRET], api_key: {SECRET: 1}}]",
        "destinations: [{site_id: \"${SECRET\", api_key: \"SECRET${NOT-SET}\"}]",
        "destinations: [{api_key: *SECRET}]",
        "destinations: [{api_key: &SECRET }]",
        "destinations:\n  - SECRET",
        "admin: {token: \"SECRET${UNSET}\", listen: 0.0.0.0:1}",
        "admin: SECRET",
        "admin:\n  token: \"SECRET",
    };
    for (const std::string& yaml : files) {
        const auto found = problems(yaml, Purpose::serve);
        EXPECT_THAT(found, Not(IsEmpty())) << yaml;
        EXPECT_THAT(found, Each(Not(HasSubstr("SECRET")))) << yaml;
    }
}

}  // namespace
}  // namespace pintle::config
