#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

TEST(Alias, MergesTheCustomers) {
    const Outcome outcome = map_event(R"({"type":"alias","userId":"new@x.io","previousId":"old"})");
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.path, "/api/v1/merge_customers");
    EXPECT_EQ(outcome.request.body, R"({"primary":{"email":"new@x.io"},"secondary":{"id":"old"}})");
}

TEST(Alias, WritesNumbersAsStrings) {
    EXPECT_EQ(body_text(R"({"type":"alias","traits":{"id":1},"previousId":9007199254740993})"),
              R"({"primary":{"id":"1"},"secondary":{"id":"9007199254740993"}})");
}

TEST(Alias, NeedsBothIds) {
    for (const char* event : {R"({"type":"alias","userId":"u"})", R"({"type":"alias","previousId":"p"})",
                              R"({"type":"alias","userId":"","previousId":"p","traits":{"email":"a@b.co"}})",
                              R"({"type":"alias","userId":"u","previousId":null})"}) {
        EXPECT_EQ(map_event(event).refusal, "alias needs userId and previousId") << event;
    }
}

}  // namespace
}  // namespace pintle::customerio
