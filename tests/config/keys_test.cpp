#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

#include "config_fixture.hpp"
#include "fields.hpp"

namespace pintle::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string example = std::string(PINTLE_TEST_DATA) + "/../../config/pintle.yaml";
const Variables credentials{{"PINTLE_WRITE_KEY", "wk"}, {"CUSTOMERIO_SITE_ID", "s"}, {"CUSTOMERIO_API_KEY", "k"}};

struct Key {
    std::string path;
    std::string yaml;   // its value
    std::string holds;  // what it becomes
};

void PrintTo(const Key& key, std::ostream* out) {
    *out << key.path;
}

// Every key but those of `minimal`, with a value that is not its default.
const std::vector<Key> keys{
    {"listen", "\"[::1]:81\"", "[::1]:81"},
    {"ingest.max_body", "1MB", "1000000"},
    {"ingest.max_event", "32KiB", "32768"},
    {"ingest.max_events_per_request", "100", "100"},
    {"ingest.max_expanded", "1MiB", "1048576"},
    {"ingest.memory", "64MiB", "67108864"},
    {"ingest.max_pending_per_person", "0", "0"},
    {"ingest.max_connections", "7", "7"},
    {"ingest.max_connections_per_address", "5", "5"},
    {"ingest.header_timeout", "500ms", "500ms"},
    {"ingest.body_timeout", "5m", "300000ms"},
    {"ingest.idle_timeout", "2h", "7200000ms"},
    {"ingest.drain_timeout", "0", "0ms"},
    {"ingest.cors_origins", "[https://a.example, \"http://b.example:81\"]", "[https://a.example][http://b.example:81]"},
    {"ingest.dedupe_window", "0s", "0ms"},
    {"ingest.threads", "3", "3"},
    {"admin.listen", "localhost:0", "127.0.0.1:0"},
    {"admin.token", "t", "t"},
    {"admin.redact", "true", "true"},
    {"journal.directory", "/var/lib/pintle", "/var/lib/pintle"},
    {"journal.max_size", "2GB", "2000000000"},
    {"journal.max_dead_letters", "3MiB", "3145728"},
    {"log.level", "trace", "trace"},
    {"log.events", "failures", "1"},
    {"log.format", "json", "true"},
    {"telemetry.otlp.endpoint", "http://collector:4318/otlp/", "http://collector:4318/otlp"},
    {"telemetry.otlp.headers", "[\"A: b\", \"C:d: e\"]", "[A: b][C:d: e]"},
    {"telemetry.otlp.interval", "5s", "5000ms"},
    {"telemetry.otlp.sampling", "0.25", "0.250000"},
    {"sources[0].name", "web", "web"},
    {"sources[0].write_key", "other", "other"},
    {"sources[0].insecure_no_auth", "true", "true"},
    {"sources[0].rate", "500", "500"},
    {"sources[0].types", "[track, page]", "[track][page]"},
    {"destinations[0].formerly", "[older, oldest]", "[older][oldest]"},
    {"destinations[0].site_id", "other", "other"},
    {"destinations[0].api_key", "other", "other"},
    {"destinations[0].region", "eu", "1"},
    {"destinations[0].base_url", "https://cio.example:8443", "cio.example:8443"},
    {"destinations[0].device_token_event_name", "Token Registered", "Token Registered"},
    {"destinations[0].created_at", "omit", "1"},
    {"destinations[0].identify_anonymous", "false", "false"},
    {"destinations[0].batch_anonymous", "true", "true"},
    {"destinations[0].event_dedupe_id", "false", "false"},
    {"destinations[0].user_id_type", "cio_id", "3"},
    {"destinations[0].semantic_events", "[User Deleted, Object Deleted]", "0100001"},
    {"destinations[0].convert_dates", "true", "true"},
    {"destinations[0].relationships", "true", "true"},
    {"destinations[0].screen_events", "screen", "1"},
    {"destinations[0].device_attributes", "true", "true"},
    {"destinations[0].events.include", "[{type: track, name: \"Order *\"}, {type: identify}]", "(0 Order *)(1 )"},
    {"destinations[0].events.exclude", "[{name: \"*\"}, {name: page}]", "( *)( page)"},
    {"destinations[0].consent",
     "[{provider: ketch, categories: [ads, email], strategy: and}, {provider: custom, categories: [b], strategy: or}]",
     "(1[ads][email]0)(3[b]1)"},
    {"destinations[0].consent_categories", "[C0004, Marketing]", "[C0004][Marketing]"},
    {"destinations[0].rate", "0.5", "0.500000"},
    {"destinations[0].max_journal_size", "1GB", "1000000000"},
    {"destinations[0].v2.linger", "20ms", "20ms"},
    {"destinations[0].v2.max_items", "100", "100"},
    {"destinations[0].v2.allow_same_person", "true", "true"},
    {"destinations[0].retry.initial_backoff", "2s", "2000ms"},
    {"destinations[0].retry.max_backoff", "1m", "60000ms"},
    {"destinations[0].retry.max_age", "48h", "172800000ms"},
    {"destinations[0].retry.probe_interval", "1s", "1000ms"},
    {"destinations[0].pool.connections", "8", "8"},
    {"destinations[0].pool.connect_timeout", "1s", "1000ms"},
    {"destinations[0].pool.request_timeout", "1s", "1000ms"},
    {"destinations[0].pool.idle_timeout", "1s", "1000ms"},
};

// `minimal` with the value at `path`.
std::string with(const YAML::Node& root, const std::string& path, const std::string& yaml) {
    YAML::Node node = root;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find_first_of(".[]", begin), path.size());
        const std::string step = path.substr(begin, end - begin);
        begin = path.find_first_not_of(".[]", end);
        if (step == "0")
            node.reset(node[0]);
        else
            node.reset(node[step]);
    }
    node = YAML::Load(yaml);
    return YAML::Dump(root);
}

class EveryKey : public ConfigTest, public testing::WithParamInterface<Key> {};
class EveryValue : public EveryKey {};

TEST_P(EveryKey, IsReadToItsPlaceAndNoOther) {
    const auto [path, yaml, holds] = GetParam();
    const auto loaded = load(with(YAML::Load(minimal), path, yaml));
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(changed(facts_of(loaded.config), facts_of(load(minimal).config)), ElementsAre(Pair(path, holds)));
}

TEST_P(EveryValue, MayComeFromAVariable) {
    const auto [path, yaml, holds] = GetParam();
    const Variables variables{{"VALUE", YAML::Load(yaml).Scalar()}};
    const auto loaded = load(with(YAML::Load(minimal), path, "\"${VALUE}\""), variables);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_EQ(facts_of(loaded.config)[path], holds);
}

// PINTLE_ and the key, but for those with a name of their own.
std::string variable_of(std::string path) {
    static const std::map<std::string, std::string> others{
        {"sources[0].write_key", "PINTLE_WRITE_KEY"},
        {"destinations[0].site_id", "CUSTOMERIO_SITE_ID"},
        {"destinations[0].api_key", "CUSTOMERIO_API_KEY"},
        {"destinations[0].region", "CUSTOMERIO_REGION"},
        {"destinations[0].base_url", "CUSTOMERIO_BASE_URL"},
        {"destinations[0].ca_file", "CUSTOMERIO_CA_FILE"},
        {"destinations[0].api_version", "CUSTOMERIO_API_VERSION"},
        {"destinations[0].device_token_event_name", "CUSTOMERIO_DEVICE_TOKEN_EVENT_NAME"}};
    if (const auto found = others.find(path); found != others.end()) return found->second;
    for (const auto* const list : {"source", "destination"}) {
        const auto items = std::string(list) + "s[0].";
        if (path.starts_with(items)) path.replace(0, items.size(), std::string(list) + ".");
    }
    std::string variable = "PINTLE_";
    for (const char c : path) {
        variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return variable;
}

TEST_P(EveryValue, HasAVariableThatWinsOverTheFile) {
    const auto [path, yaml, holds] = GetParam();
    const auto loaded = load(minimal, {{variable_of(path), YAML::Load(yaml).Scalar()}});
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    EXPECT_THAT(changed(facts_of(loaded.config), facts_of(load(minimal).config)), ElementsAre(Pair(path, holds)));
}

// Writes into each of `to` what the same field of `from` shows.
void retell(const Fields& from, const Fields& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i].shape == Field::Shape::maps) {
            if (from[i].target.at == nullptr) continue;  // the sources and destinations
            for (const Fields& item : from[i].items()) retell(item, to[i].item());
            EXPECT_TRUE(to[i].target == from[i].target) << from[i].path;
            continue;
        }
        if (to[i].clear) to[i].clear();
        for (const std::string& text : from[i].show()) EXPECT_EQ(to[i].set(text), std::nullopt) << from[i].path;
        EXPECT_TRUE(to[i].target == from[i].target) << from[i].path;
    }
}

TEST_P(EveryKey, IsShownAsATextThatReadsAsTheSame) {
    Config config = load(with(YAML::Load(minimal), GetParam().path, GetParam().yaml)).config;
    Config other = load(minimal).config;
    retell(fields_of(config), fields_of(other));
    retell(fields_of(config.sources[0]), fields_of(other.sources[0]));
    retell(fields_of(config.destinations[0]), fields_of(other.destinations[0]));
    EXPECT_EQ(facts_of(config), facts_of(other));
}

std::vector<Key> single_values() {
    std::vector<Key> values = keys;
    std::erase_if(values, [](const Key& key) { return key.yaml.starts_with('['); });
    return values;
}

std::string name_of(const testing::TestParamInfo<Key>& info) {
    std::string name = info.param.path;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(Keys, EveryKey, testing::ValuesIn(keys), name_of);
INSTANTIATE_TEST_SUITE_P(Keys, EveryValue, testing::ValuesIn(single_values()), name_of);

// The paths of all values below `node`, those of list items as their list's.
void collect(const YAML::Node& node, const std::string& path, std::set<std::string>& paths) {
    if (node.IsMap() && node.size() > 0) {
        for (const auto& member : node)
            collect(member.second, path + (path.empty() ? "" : ".") + member.first.Scalar(), paths);
    } else if (node.IsSequence() && node.size() > 0 && node[0].IsMap()) {
        collect(node[0], path + "[0]", paths);
    } else {
        paths.insert(path);
    }
}

TEST(ExampleConfig, OffersEveryKey) {
    std::set<std::string> offered;
    collect(YAML::LoadFile(example), "", offered);
    const auto loaded = load_config(example, environment_of(credentials), Purpose::serve);
    std::set<std::string> known;
    for (const auto& [path, value] : facts_of(loaded.config)) known.insert(path);
    EXPECT_EQ(offered, known);
}

TEST(ExampleConfig, HoldsTheDefaults) {
    const auto from_file = load_config(example, environment_of(credentials), Purpose::serve);
    const auto from_environment = load_config("", environment_of(credentials), Purpose::serve);
    EXPECT_THAT(texts(from_file.problems), IsEmpty());
    EXPECT_THAT(texts(from_environment.problems), IsEmpty());
    EXPECT_EQ(facts_of(from_file.config), facts_of(from_environment.config));
}

TEST(ConfigFields, AreAllKnownToTheTests) {
    Config config;
    Source source;
    Destination destination;
    std::set<std::string> fields;
    for (const Field& field : fields_of(config))
        if (field.target.at != nullptr) fields.emplace(field.path);  // not sources and destinations
    for (const Field& field : fields_of(source)) fields.insert("sources[0]." + std::string(field.path));
    for (const Field& field : fields_of(destination)) fields.insert("destinations[0]." + std::string(field.path));
    config.sources.push_back(source);
    config.destinations.push_back(destination);
    std::set<std::string> facts;
    for (const auto& [path, value] : facts_of(config)) facts.insert(path);
    EXPECT_EQ(fields, facts);
}

}  // namespace
}  // namespace pintle::config
