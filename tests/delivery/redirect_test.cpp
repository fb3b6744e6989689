#include "redirect.hpp"

#include <gmock/gmock.h>

namespace pintle::delivery {
namespace {

using http::client::Endpoint;

const Endpoint us{true, "track.customer.io", 443, ""};

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

TEST(RedirectTarget, IsNothingIfItLeadsBack) {
    EXPECT_EQ(redirect_target(us, "https://track.customer.io/elsewhere"), std::nullopt);
    EXPECT_EQ(redirect_target(us, "/elsewhere"), std::nullopt);
}

}  // namespace
}  // namespace pintle::delivery
