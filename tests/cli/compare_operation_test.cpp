#include "compare/operation.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "compare_requests.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::cli::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const std::string& line) {
    const auto request = RequestReader().read(line);
    EXPECT_EQ(request.error, "") << line;
    std::vector<std::string> texts;
    for (const auto& operation : request.operations) texts.push_back(operation.text);
    return texts;
}

struct Forms {
    std::string v1;
    std::string item;  // of a v2 batch
};

void PrintTo(const Forms& forms, std::ostream* out) {
    *out << forms.v1;
}

class BothVersions : public testing::TestWithParam<Forms> {};

TEST_P(BothVersions, BecomeOneOperation) {
    const auto v1 = texts(GetParam().v1);
    EXPECT_EQ(v1.size(), 1U);
    EXPECT_EQ(v1, texts(batch(GetParam().item)));
    EXPECT_EQ(v1, texts(recorded("POST", "/api/v2/entity", GetParam().item)));
}

INSTANTIATE_TEST_SUITE_P(
    Operations, BothVersions,
    testing::Values(
        Forms{identify("u", R"({"plan":"x","created_at":5,"_timestamp":6,"anonymous_id":"a"})"),
              R"({"type":"person","action":"identify","identifiers":{"id":"u"},
                  "attributes":{"anonymous_id":"a","plan":"x","created_at":5},"timestamp":6})"},
        Forms{identify("a%40b.co", "{}"), R"({"type":"person","action":"identify","identifiers":{"email":"a@b.co"}})"},
        Forms{identify("cio_7", R"({"_timestamp":6})"),
              R"({"type":"person","action":"identify","identifiers":{"cio_id":"7"},"attributes":{},"timestamp":6})"},
        Forms{identify("u", R"({"cio_relationships":{"action":"add_relationships","relationships":[
                  {"identifiers":{"object_id":"o","object_type_id":"1"}}]}})"),
              R"({"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":{},"cio_relationships":[
                  {"identifiers":{"object_id":"o","object_type_id":"1"}}]})"},
        Forms{event("a%2Fb", R"({"name":"Order","type":"event","data":{"n":1.0},"timestamp":9,"id":"I"})"),
              R"({"type":"person","action":"event","identifiers":{"id":"a/b"},"name":"Order","attributes":{"n":1},
                  "timestamp":9,"id":"I"})"},
        Forms{event("u", R"({"name":"Home","type":"page"})"),
              R"({"type":"person","action":"page","identifiers":{"id":"u"},"name":"Home","attributes":{}})"},
        Forms{recorded("POST", "/api/v1/events", R"({"name":"n","type":"event","anonymous_id":"a"})"),
              R"({"type":"person","action":"event","identifiers":{"anonymous_id":"a"},"name":"n"})"},
        Forms{recorded("PUT", "/api/v1/customers/u/devices",
                       R"({"device":{"id":"t","platform":"ios","last_used":3,"x":1,"attributes":{"x":2,"y":3}}})"),
              R"({"type":"person","action":"add_device","identifiers":{"id":"u"},
                  "device":{"token":"t","platform":"ios","last_used":3,"attributes":{"x":1,"y":3}}})"},
        Forms{recorded("DELETE", "/api/v1/customers/u/devices/t%20t", "null"),
              R"({"type":"person","action":"delete_device","identifiers":{"id":"u"},"device":{"token":"t t"}})"},
        Forms{recorded("DELETE", "/api/v1/customers/u", "null"),
              R"({"type":"person","action":"delete","identifiers":{"id":"u"}})"},
        Forms{recorded("POST", "/api/v1/customers/u/suppress", "null"),
              R"({"type":"person","action":"suppress","identifiers":{"id":"u"}})"},
        Forms{recorded("POST", "/api/v1/merge_customers", R"({"primary":{"id":"u"},"secondary":{"email":"a@b.co"}})"),
              R"({"type":"person","action":"merge","primary":{"id":"u"},"secondary":{"email":"a@b.co"}})"}));

TEST(CompareOperation, EveryEventOfTheConformanceCasesIsTheSameInBothVersions) {
    customerio::Options v1;
    v1.convert_dates = v1.relationships = v1.device_attributes = true;
    v1.device_token_event_name = "device_token_registered";
    customerio::Options v2 = v1;
    v2.api_version = customerio::ApiVersion::v2;
    v2.batch_anonymous = true;
    customerio::Mapper old_mapper(v1);
    customerio::Mapper new_mapper(v2);
    customerio::Mapped old_request;
    customerio::Mapped new_request;
    int compared = 0;
    for (const char* const name : {"devices.jsonl", "documented.jsonl", "edges.jsonl", "generated.jsonl",
                                   "options.jsonl", "v2/generated.jsonl", "v2/options.jsonl"}) {
        std::ifstream file(std::filesystem::path(PINTLE_TEST_DATA) / "conformance" / name);
        for (std::string line; std::getline(file, line);) {
            json::Event event;
            ASSERT_TRUE(event.parse(nlohmann::json::parse(line).at("event").dump()));
            if (!event["timestamp"]) event.set_text("timestamp", "2026-11-26T22:00:00Z");  // as ingest does
            if (!old_mapper.map(event, old_request) || !new_mapper.map(event, new_request)) continue;
            const auto text_of = [](const HttpRequest& request) {
                return recorded(std::string(request.method), request.path,
                                request.body.empty() ? "null" : request.body);
            };
            EXPECT_EQ(texts(text_of(old_request.request)), texts(text_of(new_request.request))) << line;
            ++compared;
        }
    }
    EXPECT_GT(compared, 500);
}

TEST(CompareOperation, HasTheKeysByWhichItIsPaired) {
    const auto request = RequestReader().read(batch(
        R"({"type":"object","action":"identify","identifiers":{"object_id":"o","object_type_id":"2"},"attributes":{"x":1}},
           {"type":"person","action":"event","identifiers":{"cio_id":"7"},"name":"n","id":"I","timestamp":5})"));
    ASSERT_EQ(request.operations.size(), 2U);
    EXPECT_EQ(request.operations[0].person, "object:2:o");
    EXPECT_EQ(request.operations[0].action, "object identify");
    const auto& second = request.operations[1];
    EXPECT_EQ(second.person + " " + second.action + " " + second.name + " " + second.id + " " + second.time,
              "cio_7 person event n I 5");
    EXPECT_EQ(second.item, 1U);
}

TEST(CompareOperation, MarksWhatCustomerIoRejects) {
    const std::string item = R"({"type":"person","action":"delete","identifiers":{"id":"u"}})";
    EXPECT_THAT(texts(batch(item + "," + item, 207, R"(,"refused_items":[1])")),
                ElementsAre(testing::Not(HasSubstr("rejected")), HasSubstr(R"("rejected":true)")));
    EXPECT_THAT(texts(recorded("DELETE", "/api/v1/customers/u", "null", 400)), ElementsAre(HasSubstr("rejected")));
}

TEST(CompareOperation, LeavesOutWhatIsSentAgainAndWhatChangesNothing) {
    for (const unsigned status : {0U, 401U, 403U, 408U, 429U, 500U, 503U}) {
        const auto request = RequestReader().read(recorded("DELETE", "/api/v1/customers/u", "null", status));
        EXPECT_FALSE(request.is_compared) << status;
        EXPECT_THAT(request.operations, IsEmpty());
        EXPECT_EQ(request.error, "");
    }
    EXPECT_FALSE(RequestReader().read(recorded("GET", "/api/v1/accounts/region", "null")).is_compared);
}

TEST(CompareOperation, ComparesUnknownRequestsAsTheyAre) {
    EXPECT_THAT(texts(recorded("POST", "/api/v1/metrics?x=1", R"({"b":1,"a":2})")),
                ElementsAre(R"({"body":{"a":2,"b":1},"request":"POST /api/v1/metrics?x=1"})"));
    EXPECT_THAT(texts(recorded("PUT", "/api/v1/customers/u", R"("not JSON")", 400)),
                ElementsAre(R"({"body":"not JSON","rejected":true,"request":"PUT /api/v1/customers/u"})"));
    EXPECT_THAT(texts(recorded("PUT", "/api/v1/customers/%zz", R"({"a":1})")), ElementsAre(HasSubstr("%zz")));
    EXPECT_THAT(texts(batch("5")), ElementsAre(HasSubstr("item of a batch")));
}

TEST(CompareOperation, SaysWhyALineIsNoRequest) {
    for (const std::string line : {"", "oops", "[]", "{\"method\":\"PUT\"", "\xff{}"}) {
        EXPECT_EQ(RequestReader().read(line).error, "is not a JSON object") << line;
    }
    for (const std::string line :
         {R"({"type":"track"})", R"({"method":"PUT","path":"x","status":200,"body":{}})",
          R"({"method":"PUT","path":"/x","status":"200","body":{}})", R"({"method":"PUT","path":"/x","status":200})"}) {
        EXPECT_THAT(RequestReader().read(line).error, HasSubstr("method, path, status or body is missing")) << line;
    }
}

}  // namespace
}  // namespace pintle::cli::compare
