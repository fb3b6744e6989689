#include "pintle/logging/logging.hpp"

#include <string>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"

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
    EXPECT_THAT(line, EndsWith(R"( warn held reason="x\"\n2026-11-26T10:00:00.000Z critical journal_lost\r\u001b[2J)"
                               R"(\u202e\xff" count=3)"
                               "\n"));
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Logging, ALongTextIsTruncated) {
    const auto line = written(false, [] { info("received text=\"{}\"", std::string(1'000'000, 'a')); });
    EXPECT_LT(line.size(), longest_text + 100);
    EXPECT_THAT(line, EndsWith("a...\"\n"));
}

TEST(Logging, RawOutputIsStillOneLine) {
    const auto line = written(false, [] { spdlog::warn("reason=\"{}\"", forged); });
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_TRUE(text::is_plain(line.substr(0, line.size() - 1))) << line;
}

TEST(Logging, ATextWithoutQuotesGetsThemWhereItNeedsThem) {
    EXPECT_THAT(written(false, [] { info("listening address={} count={} on={}", "0.0.0.0:8080", 3, true); }),
                EndsWith(" info listening address=0.0.0.0:8080 count=3 on=true\n"));
    EXPECT_THAT(written(false, [] { info("opened directory={} by={}", "/a b\n", ""); }),
                EndsWith(" info opened directory=\"/a b\\n\" by=\"\"\n"));
}

TEST(Logging, ALineWithoutFieldsIsItsEvent) {
    EXPECT_THAT(written(false, [] { info("journal_recovered"); }), EndsWith(" info journal_recovered\n"));
}

TEST(Logging, JsonHasTheFieldsWithTheirTypes) {
    const auto line = written(true, [] {
        error("journal_failed error=\"{}\" bytes={} offset={} share={} full={} directory={} note=\"of {} files = \"",
              "no \"space\"", 18'446'744'073'709'551'615U, -3, 0.5, true, "/a b", 7);
    });
    auto document = nlohmann::ordered_json::parse(line);
    EXPECT_THAT(document["time"].get<std::string>(), EndsWith("Z"));
    document.erase("time");
    EXPECT_EQ(document.dump(), R"({"level":"error","event":"journal_failed","error":"no \"space\"",)"
                               R"("bytes":18446744073709551615,"offset":-3,"share":0.5,"full":true,)"
                               R"("directory":"/a b","note":"of 7 files = "})");
}

TEST(Logging, LevelsHaveTheNamesOfTheConfiguration) {
    for (const auto& [name, level] : levels) {
        EXPECT_EQ(name_of(level), name);
        const auto line = written(true, [level = level] { spdlog::log(level, "x"); });
        if (level < spdlog::level::info) continue;
        EXPECT_EQ(nlohmann::json::parse(line).at("level"), name);
    }
    EXPECT_EQ(find_level("warn"), spdlog::level::warn);
    EXPECT_FALSE(find_level("warning"));
    EXPECT_FALSE(find_level("critical"));
    EXPECT_FALSE(find_level("off"));
}

TEST(Logging, JsonIsValidWhateverIsLogged) {
    for (const auto& [field, log] : {std::pair(
                                         "reason", +[] { warn("held reason=\"{}\"", forged); }),
                                     std::pair(
                                         "reason", +[] { warn("held reason={}", forged); }),
                                     std::pair(
                                         "text", +[] { spdlog::warn("{}", forged); }),
                                     std::pair("text", +[] { spdlog::warn("\x1e{}", forged); })}) {
        const auto line = written(true, log);
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        const auto document = nlohmann::json::parse(line);
        EXPECT_EQ(document.at("level"), "warn");
        EXPECT_THAT(document.at(field).get<std::string>(), HasSubstr(R"(\n2026-11-26T10)"));
        EXPECT_TRUE(text::is_plain(line.substr(0, line.size() - 1))) << line;
    }
}

}  // namespace
}  // namespace pintle::logging
