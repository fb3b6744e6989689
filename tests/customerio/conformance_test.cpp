#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

const std::map<std::string, UserIdType> user_id_types{{"auto", UserIdType::automatic},
                                                      {"id", UserIdType::id},
                                                      {"email", UserIdType::email},
                                                      {"cio_id", UserIdType::cio_id}};

SemanticEvents read_semantic_events(const json& given) {
    SemanticEvents events;
    if (given == "all") return events.set();
    for (const std::string name : given) events.set(semantic_event(name));
    return events;
}

Options read_options(const json& given) {
    Options options;
    if (given.value("api_version", "v1") == "v2") options.api_version = ApiVersion::v2;
    options.device_token_event_name = given.value("device_token_event_name", "");
    if (given.value("created_at", "event_time") == "omit") options.created_at = CreatedAt::omit;
    options.identify_anonymous = given.value("identify_anonymous", true);
    options.batch_anonymous = given.value("batch_anonymous", false);
    options.event_dedupe_id = given.value("event_dedupe_id", true);
    options.user_id_type = user_id_types.at(given.value("user_id_type", "auto"));
    options.semantic_events = read_semantic_events(given.value("semantic_events", json::array()));
    options.convert_dates = given.value("convert_dates", false);
    options.relationships = given.value("relationships", false);
    if (given.value("screen_events", "event") == "screen") options.screen_events = ScreenEvents::screen;
    options.device_attributes = given.value("device_attributes", false);
    return options;
}

json as_json(const Outcome& outcome) {
    if (!outcome.refusal.empty()) return {{"error", true}};
    const bool has_body = !outcome.request.body.empty();
    return {{"method", outcome.request.method},
            {"path", outcome.request.path},
            {"body", has_body ? outcome.body() : json(nullptr)}};
}

class Conformance : public testing::TestWithParam<std::string> {};

TEST_P(Conformance, EveryEventGivesTheExpectedRequest) {
    const auto path = std::filesystem::path(PINTLE_TEST_DATA) / "conformance" / GetParam();
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    int cases = 0;
    for (std::string line; std::getline(file, line); ++cases) {
        const json given = json::parse(line);
        json expected = given.at("expect");
        expected.erase("host");
        EXPECT_EQ(as_json(map_event(given.at("event").dump(), read_options(given.at("options")))), expected) << line;
    }
    EXPECT_GT(cases, 0);
}

INSTANTIATE_TEST_SUITE_P(Files, Conformance,
                         testing::Values("devices.jsonl", "documented.jsonl", "edges.jsonl", "generated.jsonl",
                                         "options.jsonl", "v2/generated.jsonl", "v2/options.jsonl"));

}  // namespace
}  // namespace pintle::customerio
