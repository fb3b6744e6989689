#include "compare/correction.hpp"

#include <gmock/gmock.h>

#include <set>

namespace pintle::cli::compare {
namespace {

// The names of the corrections between A and B, and "?" where a difference is none of them.
std::set<std::string> corrections(const std::string& a, const std::string& b) {
    const auto left = read_tree(a);
    const auto right = read_tree(b);
    std::set<std::string> names;
    for (const auto& correction : explain(left, right, differences(left, right))) {
        names.emplace(correction ? text_of(*correction).name : "?");
    }
    return names;
}

std::string person(const std::string& attributes, const std::string& more = "") {
    return R"({"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":)" + attributes + more + "}";
}

std::string event(const std::string& more) {
    return R"({"type":"person","action":"event","identifiers":{"id":"u"},"name":"n")" + more + "}";
}

using Names = std::set<std::string>;

TEST(Correction, EachHasAStableName) {
    Names names;
    for (std::size_t i = 0; i < correction_count; ++i) {
        const auto& text = correction_texts()[i];
        EXPECT_EQ(find_correction(text.name), static_cast<Correction>(i));
        EXPECT_FALSE(text.meaning.empty());
        names.emplace(text.name);
    }
    EXPECT_EQ(names.size(), correction_count);
    EXPECT_EQ(text_of(Correction::zero_id).name, "zero_id");
    EXPECT_EQ(text_of(Correction::page_name).name, "page_name");
    EXPECT_FALSE(find_correction("all"));
}

TEST(Correction, NumbersAsWritten) {
    EXPECT_EQ(corrections(event(R"(,"attributes":{"n":[9007199254740992]})"),
                          event(R"(,"attributes":{"n":[9007199254740993]})")),
              Names{"number_precision"});
    EXPECT_EQ(corrections(event(R"(,"attributes":{"n":null})"), event(R"(,"attributes":{"n":1e400})")),
              Names{"number_precision"});
    EXPECT_EQ(
        corrections(event(R"(,"attributes":{"n":9007199254740992})"), event(R"(,"attributes":{"n":9007199254740994})")),
        Names{"?"});
    EXPECT_EQ(corrections(event(R"(,"attributes":{"n":"1"})"), event(R"(,"attributes":{"n":1})")), Names{"?"});
}

TEST(Correction, NamesWithDots) {
    EXPECT_EQ(corrections(person(R"({"a":{"b":1,"c":{"d":9007199254740992}},"x":0})"),
                          person(R"({"a.b":1,"a.c.d":9007199254740993,"x":0})")),
              Names{"dotted_trait"});
    EXPECT_EQ(corrections(person(R"({"a":{"b":1,"z":2}})"), person(R"({"a":{"z":2},"a.b":1})")), Names{"dotted_trait"});
    EXPECT_EQ(corrections(person(R"({"a.b":{"c":1},"x":0})"), person(R"({"a.b.c":1,"x":0})")), Names{"dotted_trait"});
    EXPECT_EQ(corrections(person(R"({"a":{"b":2}})"), person(R"({"a.b":1})")), Names{"?"});
    EXPECT_EQ(corrections(person(R"({"x":0})"), person(R"({"a.b":1,"x":0})")), Names{"?"});
}

TEST(Correction, OtherPartsOfAnAddress) {
    EXPECT_EQ(corrections(person(R"({"city":"X"})"), person(R"({"city":"X","address":{"zip":"1"}})")),
              Names{"address_parts"});
    EXPECT_EQ(corrections(person(R"({"city":"X","address":{"zip":"1"}})"), person(R"({"city":"X"})")), Names{"?"});
}

TEST(Correction, TimesInSeconds) {
    EXPECT_EQ(corrections(person(R"({"created_at":1571051})", R"(,"timestamp":1571051)"),
                          person(R"({"created_at":1571051718})", R"(,"timestamp":1571051718)")),
              Names{"seconds_timestamp"});
    EXPECT_EQ(corrections(event(R"(,"timestamp":1571052)"), event(R"(,"timestamp":1571051718)")), Names{"?"});
    EXPECT_EQ(corrections(event(R"(,"attributes":{"n":1571051})"), event(R"(,"attributes":{"n":1571051718})")),
              Names{"?"});
}

TEST(Correction, TimesThatCannotBeRead) {
    EXPECT_EQ(corrections(event(R"(,"timestamp":null)"), event(R"(,"timestamp":1571051718)")),
              Names{"unreadable_timestamp"});
    EXPECT_EQ(corrections(person(R"({"created_at":null,"x":0})"), person(R"({"x":0})")), Names{"unreadable_timestamp"});
    EXPECT_EQ(corrections(event(""), event(R"(,"timestamp":1571051718)")), Names{"?"});
}

TEST(Correction, CreatedAtOfOneAlone) {
    EXPECT_EQ(corrections(person(R"({"x":0,"created_at":5})", R"(,"timestamp":5)"),
                          person(R"({"x":0})", R"(,"timestamp":5)")),
              Names{"created_at"});
    EXPECT_EQ(corrections(person(R"({"x":0})", R"(,"timestamp":5)"),
                          person(R"({"x":0,"created_at":5})", R"(,"timestamp":5)")),
              Names{"created_at"});
    EXPECT_EQ(corrections(person(R"({"x":0,"created_at":4})", R"(,"timestamp":5)"),
                          person(R"({"x":0})", R"(,"timestamp":5)")),
              Names{"?"});
}

TEST(Correction, EmptyTraits) {
    EXPECT_EQ(corrections(person(R"({"created_at":5,"anonymous_id":"a"})"),
                          person(R"({"created_at":5,"anonymous_id":"a","plan":"x","email":"a@b.co"})")),
              Names{"empty_traits"});
    EXPECT_EQ(corrections(person(R"({"plan":"x"})"), person(R"({"plan":"x","email":"a@b.co"})")), Names{"?"});
}

TEST(Correction, TheIdOfAnEvent) {
    EXPECT_EQ(corrections(event(""), event(R"(,"id":"I")")), Names{"dedupe_id"});
    EXPECT_EQ(corrections(event(R"(,"id":"J")"), event(R"(,"id":"I")")), Names{"?"});
    EXPECT_EQ(corrections(event(R"(,"id":"I")"), event("")), Names{"?"});
}

TEST(Correction, TheNameOfAPage) {
    const std::string page = R"({"type":"person","action":"page","identifiers":{"id":"u"},"timestamp":1)";
    EXPECT_EQ(corrections(page + R"(,"rejected":true})", page + R"(,"name":"/home"})"), Names{"page_name"});
    EXPECT_EQ(corrections(page + R"(,"name":"Home"})", page + R"(,"name":"/home"})"), Names{"?"});
    EXPECT_EQ(explain_only_in_a(read_tree(page + R"(,"rejected":true})")), Correction::page_name);
    EXPECT_EQ(explain_only_in_a(read_tree(page + R"(,"name":"Home"})")), std::nullopt);
}

TEST(Correction, OperationsOfOneRecordingAlone) {
    const auto track = [](const std::string& name) {
        return read_tree(R"({"type":"person","action":"event","identifiers":{"id":"u"},"name":")" + name + "\"}");
    };
    EXPECT_EQ(explain_only_in_a(track("Viewed undefined Screen")), Correction::screen_name);
    EXPECT_EQ(explain_only_in_a(track("Viewed Home Screen")), std::nullopt);
    EXPECT_EQ(explain_only_in_b(track("Viewed undefined Screen")), std::nullopt);
    EXPECT_EQ(explain_only_in_b(track("Application Opened")), Correction::device_event);
    EXPECT_EQ(explain_only_in_a(track("Application Opened")), std::nullopt);
    EXPECT_EQ(explain_only_in_b(track("Order")), std::nullopt);
    Tree rejected = track("Order");
    rejected.set("rejected", Tree::boolean(true));
    EXPECT_EQ(explain_only_in_a(rejected), Correction::rejected_request);
    EXPECT_EQ(explain_only_in_b(rejected), std::nullopt);
}

TEST(Correction, NumbersAsIdsOfAnAlias) {
    const auto merge = [](const std::string& secondary) {
        return read_tree(R"({"type":"person","action":"merge","primary":{"id":"u"},"secondary":{"id":")" + secondary +
                         "\"}}");
    };
    EXPECT_EQ(explain_only_in_b(merge("42")), Correction::numeric_alias);
    EXPECT_EQ(explain_only_in_b(merge("u42")), std::nullopt);
    EXPECT_EQ(explain_only_in_a(merge("42")), std::nullopt);
    const auto ids = [](const std::string& id) { return R"({"action":"merge","primary":{"id":)" + id + "}}"; };
    EXPECT_EQ(corrections(ids("42"), ids("\"42\"")), Names{"numeric_alias"});
    EXPECT_EQ(corrections(ids("42"), ids("\"43\"")), Names{"?"});
}

TEST(Correction, APersonOfAnAnonymousId) {
    const auto identify = [](const std::string& id) {
        return read_tree(R"({"type":"person","action":"identify","identifiers":{"id":")" + id +
                         R"("},"attributes":{"anonymous_id":"a"}})");
    };
    EXPECT_EQ(explain_only_in_b(identify("a")), Correction::identify_anonymous);
    EXPECT_EQ(explain_only_in_b(identify("u")), std::nullopt);
    EXPECT_EQ(explain_only_in_a(identify("a")), std::nullopt);
}

TEST(Correction, TheIdZero) {
    const std::string rest = R"(,"type":"person","action":"event","name":"n"})";
    EXPECT_EQ(corrections(R"({"identifiers":{"email":"a@b.co"})" + rest, R"({"identifiers":{"id":"0"})" + rest),
              Names{"zero_id"});
    EXPECT_EQ(corrections(R"({"identifiers":{"email":"a@b.co"})" + rest, R"({"identifiers":{"id":"1"})" + rest),
              Names{"?"});
    EXPECT_EQ(explain_only_in_b(read_tree(R"({"identifiers":{"id":"0"})" + rest)), Correction::zero_id);
}

// As the operations of bodies with `_timestamp` alone are.
TEST(Correction, IsFoundWhereOneSideHasNoAttributes) {
    const std::string bare = R"({"type":"person","action":"identify","identifiers":{"id":"u"}})";
    EXPECT_EQ(corrections(bare, person(R"({"plan":"x"})")), Names{"empty_traits"});
    EXPECT_EQ(corrections(bare, person(R"({"address":{"floor":2}})")), Names{"address_parts"});
    EXPECT_EQ(corrections(R"({"type":"person","action":"identify","identifiers":{"id":"u"},"timestamp":1700000000})",
                          person(R"({"created_at":1700000000})", R"(,"timestamp":1700000000)")),
              Names{"created_at"});
    EXPECT_EQ(corrections(person(R"({"created_at":null})"), bare), Names{"unreadable_timestamp"});
    EXPECT_EQ(corrections(person(R"({"plan":"x"})"), bare), Names{"?"}) << "pintle loses no trait";
}

}  // namespace
}  // namespace pintle::cli::compare
