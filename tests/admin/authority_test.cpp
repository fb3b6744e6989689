#include "authority.hpp"

#include <gtest/gtest.h>

namespace pintle::admin {
namespace {

TEST(Authority, IsAHostAndPerhapsAPortAndNothingElse) {
    const auto expect = [](std::string_view text, const std::string& host, std::optional<std::uint16_t> port) {
        const auto parsed = parse_authority(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->host, host) << text;
        EXPECT_EQ(parsed->port, port) << text;
    };
    expect("localhost", "localhost", {});
    expect("LocalHost:9090", "localhost", 9090);
    expect("localhost.:9090", "localhost", 9090);
    expect("127.0.0.1:0", "127.0.0.1", 0);
    expect("[::1]", "::1", {});
    expect("[::FFFF:127.0.0.1]:65535", "::ffff:127.0.0.1", 65535);
    expect("my_host-1.example", "my_host-1.example", {});
    for (const auto* text : {"",
                             ":9090",
                             "127.0.0.1:9090.evil.example",
                             "127.0.0.1:",
                             "127.0.0.1:x",
                             "127.0.0.1:-1",
                             "127.0.0.1:+1",
                             "127.0.0.1:65536",
                             "127.0.0.1:000080",
                             "127.0.0.1:80:80",
                             "::1",
                             "[::1",
                             "[::1]evil.example",
                             "[::1]x:80",
                             "[::1%evil.example]",
                             "[127.0.0.1]",
                             "[evil.example]",
                             "[]",
                             "localhost@evil.example",
                             "evil.example#localhost",
                             "localhost/..",
                             "local host",
                             "localhost\t",
                             " localhost",
                             "localhost,evil.example",
                             "a..b",
                             ".a",
                             "a..",
                             "127.0.0.1.",
                             "löcalhost",
                             "localhost%00.evil.example",
                             "http://localhost"})
        EXPECT_FALSE(parse_authority(text)) << text;
    EXPECT_FALSE(parse_authority(std::string(254, 'a')));
}

TEST(Authority, IsUnspoofableWhenItCannotBeMadeToPointElsewhere) {
    for (const auto* text : {"localhost", "a.localhost:1", "127.0.0.1", "10.1.2.3:9090", "[fe80::1]:9090"})
        EXPECT_TRUE(parse_authority(text)->is_unspoofable()) << text;
    for (const auto* text : {"evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "notlocalhost", "127.1", "1",
                             "0x7f.0.0.1", "2130706433", "127.0.0.1.1", "0177.0.0.1"})
        EXPECT_FALSE(parse_authority(text)->is_unspoofable()) << text;
}

TEST(Authority, OfAnOriginHasAPort) {
    EXPECT_EQ(parse_origin("http://127.0.0.1:9090")->port, 9090);
    EXPECT_EQ(parse_origin("http://Pintle.Example")->port, 80);
    EXPECT_EQ(parse_origin("https://pintle.example")->port, 443);
    for (const auto* text :
         {"", "null", "127.0.0.1:9090", "ftp://127.0.0.1", "http://", "http://127.0.0.1/", "https:/a",
          "http://127.0.0.1:9090.evil.example", "http://a@127.0.0.1", "HTTP://127.0.0.1"})
        EXPECT_FALSE(parse_origin(text)) << text;
}

}  // namespace
}  // namespace pintle::admin
