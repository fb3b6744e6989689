#include "pintle/base/escape.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pintle::text {
namespace {

using namespace std::string_literals;

TEST(Escape, LeavesReadableTextAsItIs) {
    for (const auto* text : {"", "503: Service Unavailable", "jörg", "日本語", "👩‍💻", "\xc2\xa0"}) {
        EXPECT_TRUE(is_plain(text)) << text;
        EXPECT_EQ(escaped(text), text);
        EXPECT_EQ(plain_json(text), text);
    }
}

TEST(Escape, WritesControlCharactersSoThatTheyDoNothing) {
    EXPECT_EQ(escaped("a\nb\r\tc"), R"(a\nb\r\tc)");
    EXPECT_EQ(escaped("\x1b[2J\x7f"), R"(\u001b[2J\u007f)");
    EXPECT_EQ(escaped("a\0b"s), R"(a\u0000b)");
    EXPECT_EQ(escaped("\xc2\x9b\xc2\x85"), R"(\u009b\u0085)") << "the second set: CSI and NEL";
    EXPECT_EQ(escaped("\u2028\u2029"), R"(\u2028\u2029)");
    EXPECT_EQ(escaped("\u061c\u200e\u200f\u202a\u202e\u2066\u2069"), R"(\u061c\u200e\u200f\u202a\u202e\u2066\u2069)");
}

TEST(Escape, WritesQuotesAndBackslashesSoThatTheyEndNothing) {
    EXPECT_EQ(escaped(R"(x" level="debug\)"), R"(x\" level=\"debug\\)");
    std::string out;
    append_escaped("\"a\\\n", Quotes::as_they_are, out);
    EXPECT_EQ(out, R"("a\\n)");
}

TEST(Escape, ShowsBytesThatAreNotUtf8) {
    EXPECT_EQ(escaped("\xff"), R"(\xff)");
    EXPECT_EQ(escaped("a\x80z"), R"(a\x80z)") << "a byte that goes on with nothing";
    EXPECT_EQ(escaped("\xc3"), R"(\xc3)") << "cut off";
    EXPECT_EQ(escaped("\xc0\xaf"), R"(\xc0\xaf)") << "longer than need be";
    EXPECT_EQ(escaped("\xe0\x80\x8a"), R"(\xe0\x80\x8a)") << "a line feed, longer than need be";
    EXPECT_EQ(escaped("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "a surrogate";
    EXPECT_EQ(escaped("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "beyond Unicode";
    EXPECT_FALSE(is_plain("a\xff"));
    EXPECT_FALSE(is_utf8("a\xff"));
    EXPECT_TRUE(is_utf8("a\n\u202eé"));
    EXPECT_EQ(length("aé日\xff"), 4U);
}

TEST(PlainJson, KeepsItsMeaning) {
    EXPECT_EQ(plain_json("{\"a\":\"\xc2\x9b\u202e\x7f\"}\n"), R"({"a":"\u009b\u202e\u007f"})"
                                                              "\n");
    EXPECT_EQ(plain_json("[1,\r\n\t12345678901234567890.10]"), "[1, \n\t12345678901234567890.10]");
    EXPECT_EQ(plain_json("\"\xff\x1b\""), "\"\xef\xbf\xbd\\u001b\"");
}

}  // namespace
}  // namespace pintle::text
