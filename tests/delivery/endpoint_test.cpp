#include <gmock/gmock.h>

#include "pintle/delivery/sender.hpp"

namespace pintle::delivery {
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

TEST(RedirectTarget, IsAnotherHostOfCustomerIo) {
    EXPECT_EQ(redirect_target(us, "https://track-eu.customer.io/api/v1/customers/5"),
              (Endpoint{true, "track-eu.customer.io", 443, ""}));
    EXPECT_EQ(redirect_target(us, "https://TRACK-EU.customer.io"), (Endpoint{true, "track-eu.customer.io", 443, ""}));
}

TEST(RedirectTarget, IsTheSameHostOnAnotherPortWithItsPrefix) {
    const Endpoint proxy{false, "localhost", 8080, "/cio"};
    EXPECT_EQ(redirect_target(proxy, "http://localhost:8081/cio/x"), (Endpoint{false, "localhost", 8081, "/cio"}));
    EXPECT_EQ(redirect_target(proxy, "https://localhost:8443/"), (Endpoint{true, "localhost", 8443, "/cio"}));
}

TEST(RedirectTarget, IsNeverAForeignHost) {
    for (const char* location :
         {"https://evil.example/", "https://customer.io.evil.example/", "https://evilcustomer.io/",
          "https://customer.io/", "https://track-eu.customer.io@evil.example/", "https://user:x@track-eu.customer.io/",
          "https://evil.example#.customer.io", "https://evil.example?.customer.io", "//track-eu.customer.io/",
          "https://fly.customer.io/", "https://app.customer.io/", "https://x.track.customer.io/",
          "https://track-eu.customer.io.:443/", "https://track-eu.customer.io:8443/", "https://track.customer.io:444/",
          "https://evil.example%2f.customer.io/", "ftp://track-eu.customer.io/", "", "garbage \r\n"}) {
        EXPECT_EQ(redirect_target(us, location), std::nullopt) << location;
    }
}

TEST(RedirectTarget, NeverLeavesTls) {
    EXPECT_EQ(redirect_target(us, "http://track-eu.customer.io/"), std::nullopt);
    EXPECT_EQ(redirect_target(us, "http://track.customer.io/"), std::nullopt);
    EXPECT_EQ(redirect_target({false, "localhost", 80, ""}, "http://track.customer.io/"), std::nullopt);
    EXPECT_EQ(redirect_target({false, "proxy.example", 80, ""}, "http://proxy.example:8080/"), std::nullopt);
}

TEST(RedirectTarget, IsNothingWhereItLeadsBack) {
    EXPECT_EQ(redirect_target(us, "https://track.customer.io/elsewhere"), std::nullopt);
    EXPECT_EQ(redirect_target(us, "/elsewhere"), std::nullopt);
}

}  // namespace
}  // namespace pintle::delivery
