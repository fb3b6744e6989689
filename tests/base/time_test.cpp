#include "pintle/base/time.hpp"

#include <gtest/gtest.h>

namespace pintle {
namespace {

TEST(Iso8601, IsWrittenInMilliseconds) {
    EXPECT_EQ(to_iso8601(WallTime{std::chrono::milliseconds{951'782'400'007}}), "2000-02-29T00:00:00.007Z");
    EXPECT_EQ(to_iso8601(WallTime{std::chrono::milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace pintle
