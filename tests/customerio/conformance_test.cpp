#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options read_options(const json& given) {
    Options options;
    if (given.value("api_version", "v1") == "v2") options.api_version = ApiVersion::v2;
    options.device_token_event_name = given.value("device_token_event_name", "");
    if (given.value("created_at", "event_time") == "omit") options.created_at = CreatedAt::omit;
    options.identify_anonymous = given.value("identify_anonymous", true);
    options.batch_anonymous = given.value("batch_anonymous", false);
    options.event_dedupe_id = given.value("event_dedupe_id", true);
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
                                         "v2/generated.jsonl"));

}  // namespace
}  // namespace pintle::customerio
