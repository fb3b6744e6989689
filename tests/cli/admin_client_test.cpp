#include "admin_client.hpp"

#include <gmock/gmock.h>

namespace pintle::cli {
namespace {

using testing::HasSubstr;

std::string read(const std::string& text) {
    AdminAddress address;
    const auto wrong = read_admin_address(text, address);
    return wrong.empty() ? address.host + " " + address.port : wrong;
}

TEST(AdminClient, ReadsAnAddressWithAndWithoutItsScheme) {
    EXPECT_EQ(read("http://127.0.0.1:9090"), "127.0.0.1 9090");
    EXPECT_EQ(read("http://pintle.internal:9090/"), "pintle.internal 9090");
    EXPECT_EQ(read("localhost:9090"), "localhost 9090");
    EXPECT_EQ(read("http://[::1]:9090"), "::1 9090");
}

TEST(AdminClient, SaysWhatIsWrongWithAnAddress) {
    for (const char* wrong : {"", "localhost", "http://localhost", "http://:9090", "http://h:port", "http://h:1/api"}) {
        EXPECT_THAT(read(wrong), HasSubstr("http://HOST:PORT")) << wrong;
    }
    EXPECT_THAT(read("https://h:1"), HasSubstr("not https"));
}

TEST(AdminClient, AsksOnTheSameHostADaemonThatListensEverywhere) {
    config::Config config;
    config.admin_listen = {"0.0.0.0", 9090};
    config.admin_token = "secret";
    EXPECT_EQ(admin_address(config).text(), "127.0.0.1:9090");
    EXPECT_EQ(admin_address(config).token, "secret");
    config.admin_listen = {"::", 9090};
    EXPECT_EQ(admin_address(config).text(), "[::1]:9090");
}

TEST(AdminClient, TakesTheTokenThatMayDoMost) {
    config::Config config;
    config.admin_tokens = {{"a", "reads", config::AdminRole::read}};
    EXPECT_EQ(admin_address(config).token, "reads");
    config.admin_tokens.push_back({"b", "operates", config::AdminRole::operate});
    EXPECT_EQ(admin_address(config).token, "operates");
    config.admin_token = "secret";
    EXPECT_EQ(admin_address(config).token, "secret");
}

TEST(AdminClient, ATokenThatIsNotAcceptedIsNotAMissingOne) {
    AdminAddress address{"h", "1", "wrong", "--token"};
    EXPECT_EQ(error_of({401, ""}, address).message,
              "the daemon at h:1 does not accept the token from --token; SIGHUP makes it load another one");
    address = {"h", "1", "", "p.yaml:7: admin.token: \"adm\" cannot be read: Permission denied"};
    EXPECT_EQ(error_of({401, ""}, address).message,
              "the daemon at h:1 requires a token: --token, PINTLE_ADMIN_TOKEN, or --config with a file that contains "
              "it; p.yaml:7: admin.token: \"adm\" cannot be read: Permission denied");
}

TEST(AdminClient, WhereNobodyListensThereIsNoAnswerButAReason) {
    const auto answer = send_admin_request({"127.0.0.1", "1", ""}, boost::beast::http::verb::get, "/");
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.body, "Connection refused");
}

}  // namespace
}  // namespace pintle::cli
