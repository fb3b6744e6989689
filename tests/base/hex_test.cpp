#include "pintle/base/hex.hpp"

#include <array>

#include <gtest/gtest.h>

namespace pintle {
namespace {

TEST(Hex, HasTwoLowerCaseDigitsAByte) {
    EXPECT_EQ(to_hex(std::array<std::uint8_t, 3>{0x00, 0x0F, 0xA7}), "000fa7");
    EXPECT_EQ(to_hex({}), "");
}

}  // namespace
}  // namespace pintle
