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

TEST(Routes, ALiteralSegmentIsNoParameter) {
    EXPECT_EQ(match_route("/api/dead-letters/replay")->route->path, "/api/dead-letters/replay");
    EXPECT_EQ(match_route("/api/dead-letters/replay/1")->route->path, "/api/dead-letters/{destination}/{id}");
}

}  // namespace
}  // namespace pintle::admin
