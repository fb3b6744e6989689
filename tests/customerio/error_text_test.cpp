#include "error_text.hpp"

#include <gmock/gmock.h>

namespace pintle::customerio {
namespace {

TEST(ErrorText, LeavesOutWhatIsEmpty) {
    const auto errors =
        read_item_errors(R"({"errors":[{"batch_index":0,"reason":"invalid","field":"","message":"failed"}]})");
    ASSERT_TRUE(errors);
    EXPECT_EQ(errors->at(0).reason, "invalid: failed");
    EXPECT_EQ(error_text(R"({"errors":[{"reason":"invalid","field":"name","message":""}]})"), "invalid: name");
    EXPECT_EQ(error_text(R"({"meta":{"errors":["","a","b"]}})"), "a; b");
}

}  // namespace
}  // namespace pintle::customerio
