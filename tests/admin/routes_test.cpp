#include "routes.hpp"

#include <gmock/gmock.h>

namespace pintle::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Routes, AParameterIsWhateverStandsInItsSegment) {
    const auto match = match_route("/api/destinations/customerio/pause");
    ASSERT_TRUE(match);
    EXPECT_EQ(match->route->path, "/api/destinations/{name}/pause");
    EXPECT_THAT(match->parameters, ElementsAre("customerio"));
    EXPECT_THAT(match_route("/api/dead-letters/cio/7")->parameters, ElementsAre("cio", "7"));
    EXPECT_THAT(match_route("/api/status")->parameters, IsEmpty());
}

TEST(Routes, AParameterIsPercentDecodedOnce) {
    EXPECT_THAT(match_route("/api/destinations/a%2Fb%20c%2525+d")->parameters, ElementsAre("a/b c%25+d"));
}

TEST(Routes, OtherPathsFitNone) {
    for (const char* path :
         {"", "/api", "/api/destinations/", "/api/destinations//pause", "/api/destinations/a/stop",
          "/api/destinations/a/pause/b", "/api/destinations/%zz", "/api/destinations/%2", "/api/destinations%2Fa",
          "/api/dead-letters/a", "/api/dead-letters/a/1/replay/", "//", "/api/hold", "/API/status"})
        EXPECT_FALSE(match_route(path)) << path;
}

TEST(Routes, OnlyADryRunOfAChangeIsFreeToReaders) {
    using boost::beast::http::verb;
    const auto takes_operate = [](verb method, std::string_view path, std::string_view query) {
        return match_route(path)->route->takes_operate(method, query);
    };
    for (const auto& [method, path] :
         {std::pair(verb::post, "/api/dead-letters/replay"), std::pair(verb::delete_, "/api/dead-letters"),
          std::pair(verb::post, "/api/erase")}) {
        EXPECT_FALSE(takes_operate(method, path, "user_id=a&dry_run=true")) << path;
        for (const char* query :
             {"", "dry_run=false", "dry_run=", "dry_run=true%", "user=dry_run%3Dtrue", "xdry_run=true"})
            EXPECT_TRUE(takes_operate(method, path, query)) << path << query;
    }
    for (const char* path : {"/api/reload", "/api/dead-letters/a/1/replay", "/api/dead-letters/import"})
        EXPECT_TRUE(takes_operate(verb::post, path, "dry_run=true")) << path;
    EXPECT_TRUE(takes_operate(verb::get, "/api/dead-letters/export", "dry_run=true"));
    EXPECT_FALSE(takes_operate(verb::get, "/api/dead-letters", ""));
}

TEST(Routes, ALiteralSegmentIsNoParameter) {
    EXPECT_EQ(match_route("/api/dead-letters/replay")->route->path, "/api/dead-letters/replay");
    EXPECT_EQ(match_route("/api/dead-letters/replay/1")->route->path, "/api/dead-letters/{destination}/{id}");
}

}  // namespace
}  // namespace pintle::admin
