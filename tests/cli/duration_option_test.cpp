#include "duration_option.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <CLI/CLI.hpp>

namespace pintle::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds read(const std::string& text) {
    milliseconds value{-1};
    CLI::App app;
    add_duration_option(app, "--wait", [&](milliseconds duration) { value = duration; }, "How long", {100ms, 24h});
    app.parse("--wait " + text);
    return value;
}

TEST(DurationOption, TakesUnitsAndPlainSeconds) {
    EXPECT_EQ(read("500ms"), 500ms);
    EXPECT_EQ(read("5m"), 5min);
    EXPECT_EQ(read("1d"), 24h);
    EXPECT_EQ(read("30"), 30s);
    EXPECT_EQ(read("0.2"), 200ms);
}

TEST(DurationOption, RejectsOtherTextAndWhatIsOutOfRange) {
    for (const char* text : {"0", "2d", "90000", "1e300", "5 minutes", "soon", "5x", "nan", "inf"})
        EXPECT_THROW(read(text), CLI::ParseError) << text;
}

}  // namespace
}  // namespace pintle::cli
