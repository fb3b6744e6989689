#include "pintle/customerio/event_filter.hpp"

#include <gtest/gtest.h>

#include "pintle/json/event.hpp"

namespace pintle::customerio {
namespace {

bool admits(const EventFilter& filter, const std::string& text) {
    json::Event event;
    EXPECT_TRUE(event.parse(text)) << text;
    return filter.admits(event);
}

const std::string order = R"({"type":"track","event":"Order Completed"})";
const std::string click = R"({"type":"track","event":"Click"})";
const std::string page = R"({"type":"page","name":"Order Completed"})";
const std::string screen = R"({"type":"screen","event":"Order Completed"})";
const std::string identify = R"({"type":"identify","traits":{"name":"Order Completed"}})";

EventPattern of_type(EventType type) {
    return {type, {}};
}

EventPattern named(std::string name) {
    return {std::nullopt, std::move(name)};
}

TEST(EventFilter, AdmitsAllWithoutPatterns) {
    for (const auto& event : {order, page, identify, std::string(R"({"type":"nonsense"})")})
        EXPECT_TRUE(admits({}, event)) << event;
}

TEST(EventFilter, AdmitsOnlyWhatItIncludes) {
    const EventFilter filter({of_type(EventType::page), named("Click")}, {});
    EXPECT_TRUE(admits(filter, page));
    EXPECT_TRUE(admits(filter, click));
    EXPECT_FALSE(admits(filter, order));
    EXPECT_FALSE(admits(filter, identify));
    EXPECT_FALSE(admits(filter, R"({"type":"nonsense"})"));
    EXPECT_FALSE(admits(filter, "{}"));
}

TEST(EventFilter, AdmitsAllButWhatItExcludes) {
    const EventFilter filter({}, {of_type(EventType::page), named("Click")});
    EXPECT_FALSE(admits(filter, page));
    EXPECT_FALSE(admits(filter, click));
    EXPECT_TRUE(admits(filter, order));
    EXPECT_TRUE(admits(filter, identify));
}

TEST(EventFilter, ExcludesWhatItIncludesToo) {
    const EventFilter filter({of_type(EventType::track)}, {named("Order*")});
    EXPECT_TRUE(admits(filter, click));
    EXPECT_FALSE(admits(filter, order));
}

TEST(EventFilter, KnowsATypeInAnyCaseAndANameOnlyExactly) {
    const EventFilter filter({{EventType::track, "Click"}}, {});
    EXPECT_TRUE(admits(filter, R"({"type":"TRACK","event":"Click"})"));
    for (const char* event : {"click", "Clicks", "Clic", " Click", ""})
        EXPECT_FALSE(admits(filter, R"({"type":"track","event":")" + std::string(event) + "\"}")) << event;
}

TEST(EventFilter, KnowsNamesByTheirPrefix) {
    const EventFilter filter({named("Order*")}, {});
    EXPECT_TRUE(admits(filter, order));
    EXPECT_TRUE(admits(filter, R"({"type":"track","event":"Order"})"));
    EXPECT_FALSE(admits(filter, R"({"type":"track","event":"Orde"})"));
    EXPECT_FALSE(admits(filter, R"({"type":"track","event":"My Order"})"));
}

TEST(EventFilter, AStarAloneIsAnyEventWithAName) {
    const EventFilter filter({named("*")}, {});
    for (const auto& event : {order, page, screen}) EXPECT_TRUE(admits(filter, event)) << event;
    EXPECT_FALSE(admits(filter, R"({"type":"page"})"));
    EXPECT_FALSE(admits(filter, identify)) << "the name of a person is not the name of an event";
}

TEST(EventFilter, ATypeAndANameMustBothMatch) {
    const EventFilter filter({{EventType::page, "Order Completed"}}, {});
    EXPECT_TRUE(admits(filter, page));
    EXPECT_FALSE(admits(filter, order));
    EXPECT_FALSE(admits(filter, R"({"type":"page","name":"Home"})"));
}

TEST(EventFilter, DoesNotTakeATypeForAName) {
    const EventFilter filter({named("page")}, {});
    EXPECT_FALSE(admits(filter, page));
    EXPECT_TRUE(admits(filter, R"({"type":"track","event":"page"})"));
}

TEST(EventFilter, KnowsAScreenByTheNameThatTheMappingUses) {
    const EventFilter filter({{EventType::screen, "Home"}}, {});
    EXPECT_TRUE(admits(filter, R"({"type":"screen","event":"Home","name":"x"})"));
    EXPECT_TRUE(admits(filter, R"({"type":"screen","name":"Home"})"));
    EXPECT_TRUE(admits(filter, R"({"type":"screen","properties":{"name":"Home"}})"));
    EXPECT_FALSE(admits(filter, R"({"type":"screen","event":"x","name":"Home"})"));
}

TEST(EventFilter, TakesAValueThatIsNoTextForNoName) {
    const EventFilter filter({}, {named("*")});
    EXPECT_TRUE(admits(filter, R"({"type":"track","event":["Click"]})")) << "the mapping says what is wrong";
    EXPECT_TRUE(admits(filter, R"({"type":"track"})"));
}

}  // namespace
}  // namespace pintle::customerio
