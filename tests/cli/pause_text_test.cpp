#include "pause_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pintle::cli {
namespace {

using nlohmann::json;

const json by_deploy = {
    {"reason", "operator"}, {"since", "2026-11-24T14:50:00.000Z"}, {"message", "maintenance"}, {"by", "deploy"}};
const json rejected = {
    {"reason", "credentials"}, {"since", "2026-11-24T14:00:00.000Z"}, {"message", "401\x1b[2J"}, {"by", nullptr}};

std::string response(const json& pauses, const json& change) {
    return json{{"name", "eu"}, {"backlog_events", 1}, {"pauses", pauses}, {"change", change}}.dump();
}

TEST(PausedText, SaysHowLongItLasts) {
    EXPECT_EQ(paused_text(response(json::array({by_deploy}), {{"before", nullptr}, {"changed", json::array()}})),
              "eu is paused, also across restarts, until `pintle resume eu`; 1 event pending\n");
}

TEST(PausedText, SaysWhoPausedItAlreadyAndWhatHasChanged) {
    EXPECT_EQ(
        paused_text(response(json::array({by_deploy}), {{"before", by_deploy}, {"changed", json::array()}})),
        "eu was paused already (operator) by deploy since 2026-11-24T14:50:00.000Z: maintenance\n"
        "nothing has changed; it stays paused, also across restarts, until `pintle resume eu`; 1 event pending\n");
    auto by_ada = by_deploy;
    by_ada["by"] = "ada";
    by_ada["message"] = "an incident";
    EXPECT_EQ(paused_text(response(json::array({by_ada}), {{"before", by_deploy}, {"changed", {"message", "by"}}})),
              "eu was paused already (operator) by deploy since 2026-11-24T14:50:00.000Z: maintenance\n"
              "now it is paused (operator) by ada since 2026-11-24T14:50:00.000Z: an incident, also across restarts, "
              "until `pintle resume eu`; 1 event pending\n");
}

TEST(PausedText, NamesThePauseForTheCredentialsToo) {
    EXPECT_EQ(paused_text(response({by_deploy, rejected}, {{"before", nullptr}, {"changed", json::array()}})),
              "eu is paused, also across restarts, until `pintle resume eu`; 1 event pending\n"
              "eu is paused (credentials) since 2026-11-24T14:00:00.000Z: 401?[2J\n");
}

TEST(ResumedText, SaysWhichPauseHasEnded) {
    EXPECT_EQ(resumed_text(response(json::array(), {{"before", by_deploy}})),
              "ended the pause (operator) by deploy since 2026-11-24T14:50:00.000Z: maintenance\n"
              "eu is delivering; 1 event pending\n");
    EXPECT_EQ(resumed_text(response(json::array(), {{"before", nullptr}})), "eu is delivering; 1 event pending\n");
}

TEST(ResumedText, SaysWhichPauseRemainsAndHowItEnds) {
    EXPECT_EQ(resumed_text(response(json::array({rejected}), {{"before", nullptr}})),
              "eu is still paused (credentials) since 2026-11-24T14:00:00.000Z: 401?[2J\n"
              "it is probed at once and resumes with the first success; 1 event pending\n");
}

}  // namespace
}  // namespace pintle::cli
