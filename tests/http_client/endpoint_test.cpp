#include <gmock/gmock.h>

#include "pintle/http/client/endpoint.hpp"

namespace pintle::http::client {
namespace {

const Endpoint us{true, "track.customer.io", 443, ""};

TEST(Endpoint, IsReadFromAUrl) {
    EXPECT_EQ(parse_endpoint("https://track.customer.io"), us);
    EXPECT_EQ(parse_endpoint("HTTPS://Track.Customer.IO/"), us);
    EXPECT_EQ(parse_endpoint("https://track.customer.io:443"), us);
    EXPECT_EQ(parse_endpoint("http://127.0.0.1:8081/cio/"), (Endpoint{false, "127.0.0.1", 8081, "/cio"}));
    EXPECT_EQ(parse_endpoint("http://proxy/a/b"), (Endpoint{false, "proxy", 80, "/a/b"}));
    EXPECT_EQ(parse_endpoint("https://[::1]:9000"), (Endpoint{true, "::1", 9000, ""}));
}

TEST(Endpoint, OfAnotherFormIsRefusedWithoutShowingIt) {
    for (const char* url :
         {"", "track.customer.io", "ftp://host", "https://", "https:///path", "https://host:99999", "https://host:0",
          "https://host:x", "https://user:pass@host", "https://host/?q", "https://host/#f", "https://ho st"}) {
        try {
            parse_endpoint(url);
            ADD_FAILURE() << "took " << url;
        } catch (const std::invalid_argument& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("https://host[:port][/prefix]"));
            EXPECT_THAT(error.what(), Not(testing::HasSubstr("pass")));
        }
    }
}

TEST(Endpoint, NamesItsPortOnlyWhereItIsNotTheUsualOne) {
    EXPECT_EQ(us.authority(), "track.customer.io");
    EXPECT_EQ((Endpoint{true, "host", 80, ""}).authority(), "host:80");
    EXPECT_EQ((Endpoint{false, "host", 80, ""}).authority(), "host");
    EXPECT_EQ((Endpoint{false, "::1", 8080, ""}).authority(), "[::1]:8080");
    EXPECT_EQ((Endpoint{true, "::1", 443, ""}).authority(), "[::1]");
}

}  // namespace
}  // namespace pintle::http::client
