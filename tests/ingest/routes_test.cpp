#include "routes.hpp"

#include <gmock/gmock.h>

#include "call.hpp"

namespace pintle::ingest {
namespace {

using boost::beast::http::verb;
using ::testing::HasSubstr;
using ::testing::Not;

struct SingleRoute {
    const char* path;
    const char* type;
};

class SingleRoutes : public ::testing::TestWithParam<SingleRoute> {};

TEST_P(SingleRoutes, SetTheEventsType) {
    const auto route = find_route(GetParam().path);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->form, Form::single);
    EXPECT_EQ(route->type, GetParam().type);
}

INSTANTIATE_TEST_SUITE_P(All, SingleRoutes,
                         ::testing::Values(SingleRoute{"/v1/identify", "identify"}, SingleRoute{"/v1/i", "identify"},
                                           SingleRoute{"/v1/track", "track"}, SingleRoute{"/v1/t", "track"},
                                           SingleRoute{"/v1/page", "page"}, SingleRoute{"/v1/p", "page"},
                                           SingleRoute{"/v1/screen", "screen"}, SingleRoute{"/v1/s", "screen"},
                                           SingleRoute{"/v1/group", "group"}, SingleRoute{"/v1/g", "group"},
                                           SingleRoute{"/v1/alias", "alias"}, SingleRoute{"/v1/a", "alias"}));

TEST(Routes, BatchesHaveFourPaths) {
    for (const auto* path : {"/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch"}) {
        ASSERT_TRUE(find_route(path)) << path;
        EXPECT_EQ(find_route(path)->form, Form::batch) << path;
    }
}

TEST(Routes, AnUnknownPathIs404WithAJsonBody) {
    testing::IngestFixture fixture;
    const auto answer = fixture.post("/v1/tracks", "{}");
    EXPECT_EQ(answer.status, 404U);
    EXPECT_EQ(answer.body, R"({"msg": "no such route"})");
}

TEST(Routes, AWrongMethodIs405AndSaysWhichAreAllowed) {
    testing::IngestFixture fixture;
    const auto answer = fixture.call({verb::get, "/v1/track", "", {{"X-Write-Key", "key"}}, ""});
    EXPECT_EQ(answer.status, 405U);
    EXPECT_THAT(answer.headers, HasSubstr("Allow: POST, OPTIONS\r\n"));
    EXPECT_THAT(answer.body, HasSubstr(R"("msg")"));
}

TEST(Routes, TheWebhookAllowsPutAndPatch) {
    for (const auto method : {verb::post, verb::put, verb::patch}) {
        testing::IngestFixture fixture;
        const auto answer = fixture.call(
            {method, "/webhook", "", {{"X-Write-Key", "key"}}, R"({"type":"track","userId":"u","event":"e"})"});
        EXPECT_EQ(answer.status, 200U) << answer.body;
    }
}

TEST(Routes, HealthNeedsNoKey) {
    testing::IngestFixture fixture;
    EXPECT_EQ(fixture.call({verb::get, "/health", "", {}, ""}).body, R"({"status":"ok"})");
}

TEST(Routes, TheSourceConfigIsAnEnabledSourceWithoutDestinations) {
    testing::IngestFixture fixture;
    const auto answer = fixture.call({verb::get, "/sourceConfig", "writeKey=key", {{"Host", "p.example"}}, ""});
    EXPECT_EQ(answer.status, 200U);
    EXPECT_THAT(answer.body, HasSubstr(R"("enabled":true)"));
    EXPECT_THAT(answer.body, HasSubstr(R"("destinations":[])"));
    EXPECT_THAT(answer.body, HasSubstr(R"("apiHost":"p.example/v1")"));
}

TEST(Routes, TheSourceConfigNeedsTheKey) {
    testing::IngestFixture fixture;
    EXPECT_EQ(fixture.call({verb::get, "/sourceConfig", "", {}, ""}).status, 401U);
    EXPECT_EQ(fixture.call({verb::get, "/sourceConfig", "writeKey=other", {}, ""}).status, 401U);
}

TEST(Routes, SegmentsBrowserSdkNamesTheKeyInThePathOfItsSettings) {
    testing::IngestFixture fixture;
    const auto ask = [&](const char* path) { return fixture.call({verb::get, path, "", {{"Host", "p.example"}}, ""}); };
    EXPECT_THAT(ask("/v1/projects/key/settings").body, HasSubstr(R"("apiHost":"p.example/v1")"));
    EXPECT_THAT(ask("/v1/projects/k%65y/settings").body, HasSubstr(R"("apiKey":"key")"));
    EXPECT_EQ(ask("/v1/projects/other/settings").status, 401U);
    EXPECT_EQ(ask("/v1/projects//settings").status, 404U);
    EXPECT_EQ(ask("/v1/projects/settings").status, 404U);
    EXPECT_EQ(ask("/v1/projects/key/more/settings").status, 404U);
}

TEST(Cors, APreflightGetsWhatItAsksForForADay) {
    testing::IngestFixture fixture;
    const auto answer = fixture.call({verb::options,
                                      "/v1/batch",
                                      "",
                                      {{"Origin", "https://shop.example"},
                                       {"Access-Control-Request-Method", "POST"},
                                       {"Access-Control-Request-Headers", "authorization,anonymousid,x-retry-count"}},
                                      ""});
    EXPECT_EQ(answer.status, 204U);
    EXPECT_THAT(answer.headers, HasSubstr("Access-Control-Allow-Origin: https://shop.example\r\n"));
    EXPECT_THAT(answer.headers, HasSubstr("Access-Control-Allow-Headers: authorization,anonymousid,x-retry-count\r\n"));
    EXPECT_THAT(answer.headers, HasSubstr("Access-Control-Allow-Methods: POST"));
    EXPECT_THAT(answer.headers, HasSubstr("Access-Control-Max-Age: 86400\r\n"));
}

TEST(Cors, AnAnswerToAnAllowedOriginSaysSo) {
    auto options = testing::IngestFixture::default_options();
    options.cors_origins = {"https://shop.example"};
    testing::IngestFixture fixture(options);
    const auto ask = [&](const char* origin) {
        return fixture.call({verb::post,
                             "/v1/track",
                             "",
                             {{"Origin", origin}, {"X-Write-Key", "key"}},
                             R"({"userId":"u","event":"e"})"});
    };
    EXPECT_THAT(ask("https://shop.example").headers, HasSubstr("Access-Control-Allow-Origin: https://shop.example"));
    EXPECT_THAT(ask("https://other.example").headers, Not(HasSubstr("Access-Control-Allow-Origin")));
}

}  // namespace
}  // namespace pintle::ingest
