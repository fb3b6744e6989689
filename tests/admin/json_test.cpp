#include "json.hpp"

#include <gmock/gmock.h>

namespace pintle::admin {
namespace {

TEST(AsWritten, JsonStaysToTheLastDigitInOneLine) {
    EXPECT_EQ(as_written("{\"n\": 0.10,\n\"a\":[1e21]}"), "{\"n\": 0.10, \"a\":[1e21]}");
    EXPECT_EQ(as_written(""), "null");
}

TEST(AsWritten, WhatIsNoJsonIsAString) {
    EXPECT_EQ(as_written("{"), "\"{\"");
    EXPECT_EQ(as_written("\xEF\xBB\xBF{}"), "\"\xEF\xBB\xBF{}\"");
    EXPECT_EQ(as_written(std::string("{}\0,\"forged\":1", 14)), "\"{}\\u0000,\\\"forged\\\":1\"");
}

TEST(AsWritten, WhatIsNestedTooDeeplyIsAString) {
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    EXPECT_EQ(as_written(deep), "\"" + deep + "\"");
}

}  // namespace
}  // namespace pintle::admin
