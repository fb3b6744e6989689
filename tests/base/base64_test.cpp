#include "pintle/base/base64.hpp"

#include <gtest/gtest.h>

namespace pintle {
namespace {

TEST(Base64, EncodesTheExamplesOfRfc4648) {
    EXPECT_EQ(base64_encode(""), "");
    EXPECT_EQ(base64_encode("f"), "Zg==");
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_encode("foo"), "Zm9v");
    EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, DecodesWhatItEncodes) {
    for (std::string text; text.size() < 300; text += static_cast<char>(text.size() * 7)) {
        const auto decoded = base64_decode(base64_encode(text + "x"));
        EXPECT_EQ(decoded, text + "x");
    }
}

TEST(Base64, DoesNotDecodeOtherText) {
    for (const char* text : {"", "Zg", "Zg=", "Zm9", "Zm9?", "Z===="}) {
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    }
    EXPECT_TRUE(base64_decode(std::string(4096, 'A')));
    EXPECT_FALSE(base64_decode(std::string(4100, 'A')));
}

}  // namespace
}  // namespace pintle
