#include "pintle/base/spelling.hpp"

#include <gmock/gmock.h>

namespace pintle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Spelling, TheClosestWordsAreTheMostSimilarFirst) {
    EXPECT_THAT(closest_words("to_old", {"far_away", "too_old", "old"}, 2), ElementsAre("too_old", "old"));
    EXPECT_THAT(closest_words("x", {"b", "a"}, 5), ElementsAre("b", "a")) << "in their order where they are equal";
    EXPECT_THAT(closest_words("x", {}, 3), IsEmpty());
}

TEST(Spelling, AWordThatIsNotSimilarIsNotMeant) {
    EXPECT_EQ(similar_word("destination", {"sources", "destinations"}), "destinations");
    EXPECT_EQ(similar_word("colour", {"sources", "destinations"}), "");
    EXPECT_EQ(similar_word("x", {}), "");
}

}  // namespace
}  // namespace pintle
