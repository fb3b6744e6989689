#include "pintle/logging/logging.hpp"

#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pintle::logging {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const std::string forged = "x\"\n2026-11-26T10:00:00.000Z critical journal_lost\r\x1b[2J\u202e\xff";

// What `log` writes.
template <class Log>
std::string written(bool json, Log log) {
    start({"info", json});
    testing::internal::CaptureStderr();
    log();
    return testing::internal::GetCapturedStderr();
}

TEST(Logging, ATextCannotEndItsQuotesOrItsLine) {
    const auto line = written(false, [] { warn("held reason=\"{}\" count={}", forged, 3); });
    EXPECT_THAT(line, EndsWith(R"( warning held reason="x\"\n2026-11-26T10:00:00.000Z critical journal_lost\r\u001b[2J)"
                               R"(\u202e\xff" count=3)"
                               "\n"));
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Logging, ALongTextIsTruncated) {
    const auto line = written(false, [] { info("text=\"{}\"", std::string(1'000'000, 'a')); });
    EXPECT_LT(line.size(), longest_text + 100);
    EXPECT_THAT(line, EndsWith("a...\"\n"));
}

TEST(Logging, RawOutputIsStillOneLine) {
    const auto line = written(false, [] { spdlog::warn("reason=\"{}\"", forged); });
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_TRUE(text::is_plain(line.substr(0, line.size() - 1))) << line;
}

TEST(Logging, JsonIsValidWhateverIsLogged) {
    for (const auto& log : {+[] { warn("held reason=\"{}\"", forged); }, +[] { spdlog::warn("{}", forged); }}) {
        const auto line = written(true, log);
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        const auto document = nlohmann::json::parse(line);
        EXPECT_EQ(document.at("level"), "warning");
        EXPECT_THAT(document.at("message").get<std::string>(), HasSubstr(R"(\n2026-11-26T10)"));
        EXPECT_TRUE(text::is_plain(line.substr(0, line.size() - 1))) << line;
    }
}

}  // namespace
}  // namespace pintle::logging
