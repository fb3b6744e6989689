#include "top_text.hpp"

#include <string>

#include <gmock/gmock.h>

#include "cli/status_documents.hpp"
#include "pintle/base/terminal_text.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string table_row(const json& document) {
    return top_lines(read(document), "here", 200).at(5);
}

TEST(Top, ShowsTheRatesThatTheDaemonComputed) {
    const auto lines = top_lines(read(status_document()), "here", 200);
    EXPECT_THAT(lines.at(0), HasSubstr("healthy  15:00:00Z  pintle 1.2  here  up 1h"));
    EXPECT_THAT(lines.at(1), HasSubstr("received 100/s"));
    EXPECT_THAT(lines.at(2), HasSubstr("cpu 50 %"));
    EXPECT_THAT(lines.at(5), HasSubstr(" 150 "));
    EXPECT_THAT(lines.at(5), HasSubstr(" 199 ms "));
}

TEST(Top, TheTimeToDrainIsTheDaemons) {
    EXPECT_THAT(table_row(status_document()), HasSubstr(" 7.0 s "));
    auto document = status_document();
    document["destinations"][0]["rates"]["accepted_per_second"] = 1000.0;  // more came in than went out
    EXPECT_THAT(table_row(document), HasSubstr(" 7.0 s ")) << "it drains by dead letters";
}

TEST(Top, ABacklogGrowsByItsOwnRate) {
    auto document = status_document();
    auto& destination = document["destinations"][0];
    destination["time_to_drain_seconds"] = nullptr;
    EXPECT_THAT(table_row(document), Not(HasSubstr("grows")));
    destination["rates"]["backlog_per_second"] = 3.0;  // by replays: fewer were accepted than delivered
    EXPECT_THAT(table_row(document), HasSubstr("grows"));
}

TEST(Top, JsonHasWhatCannotBeKnownAsNull) {
    auto document = status_document();
    const auto known = json::parse(top_json(read(document)));
    EXPECT_EQ(known["destinations"][0]["out_per_second"], 150.0);
    EXPECT_EQ(known["destinations"][0]["time_to_drain_seconds"], 7.0);
    EXPECT_EQ(known["healthy"], true);
    EXPECT_EQ(known["time"], "2026-11-24T15:00:00.000Z");
    document.erase("rates");
    EXPECT_TRUE(json::parse(top_json(read(document)))["received_per_second"].is_null());
}

TEST(Top, NoLineIsWiderThanTheTerminal) {
    auto document = status_document();
    document["destinations"][0]["paused"] = {{"reason", "operator"}, {"message", std::string(300, 'x')}};
    const auto status = read(document);
    for (std::size_t columns = 1; columns < 160; ++columns) {
        for (const auto& line : top_lines(status, "127.0.0.1:9090", columns)) {
            ASSERT_LE(text::width_of(line), columns) << line;
        }
    }
}

TEST(Top, ANarrowTerminalShowsTheMostImportantColumns) {
    const auto status = read(status_document());
    const auto wide = top_lines(status, "here", 200).at(4);
    for (const char* title : {"DESTINATION", "IN/S", "OLDEST", "P50", "DEAD LETTERS"})
        EXPECT_THAT(wide, HasSubstr(title));
    const auto narrow = top_lines(status, "here", 40).at(4);
    EXPECT_THAT(narrow, HasSubstr("BACKLOG"));
    EXPECT_THAT(narrow, HasSubstr("STATE"));
    EXPECT_THAT(narrow, Not(HasSubstr("P50")));
}

TEST(Top, ShowsTheRequestsInFlightAndTheAgeOfASlowOne) {
    auto document = status_document();
    auto& destination = document["destinations"][0];
    EXPECT_THAT(table_row(document), HasSubstr(" 3 ")) << "a daemon that does not say the age";
    destination["in_flight"] = 60;
    destination["in_flight_oldest_age_seconds"] = 0.2;
    EXPECT_THAT(table_row(document), HasSubstr(" 60 "));
    destination["in_flight_oldest_age_seconds"] = 30.0;
    EXPECT_THAT(table_row(document), HasSubstr(" 60 (30 s) "));
    EXPECT_EQ(json::parse(top_json(read(document)))["destinations"][0]["in_flight_oldest_age_seconds"], 30.0);
}

TEST(Top, RequestsInFlightAreNotAddedToTheBacklog) {
    auto document = status_document();
    document["destinations"][0]["in_flight"] = 50;
    EXPECT_THAT(table_row(document), HasSubstr(" 200 "));
}

}  // namespace
}  // namespace pintle::cli
