#include "pintle/json/validator.hpp"

#include <array>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace pintle::json {
namespace {

using Status = Validator::Status;

// Of a text that is one value, in steps of so many tokens.
Status judge(std::string text, std::size_t step = 1000) {
    Tokens tokens;
    if (!tokens.find(text)) return Status::invalid;
    Validator validator;
    validator.begin(tokens, 0, max_json_depth);
    Status outcome = Status::more;
    while (outcome == Status::more) outcome = validator.check(step);
    if (outcome == Status::valid && validator.end() != tokens.count()) return Status::invalid;
    return outcome;
}

Status judge_by_event(const std::string& text) {
    Event event;
    const auto parsed = event.parse(text);
    if (parsed) return Status::valid;
    return parsed.error() == Reason::nested_too_deep ? Status::too_deep : Status::invalid;
}

TEST(Validator, AcceptsAndRejectsTheSameTextsAsEvent) {
    const std::string deep(64, '[');
    const std::string end(64, ']');
    for (const std::string& text : {
             std::string("{}"),
             std::string(R"({"a":1})"),
             std::string(R"({"a":[1,{"b":null}],"c":"\u00e9\n"})"),
             std::string(R"({"a":1,})"),
             std::string(R"({"a"})"),
             std::string(R"({"a":})"),
             std::string(R"({,})"),
             std::string(R"({"a":[1,]})"),
             std::string(R"({"a":[1 2]})"),
             std::string(R"({"a":"\x"})"),
             std::string(R"({"a":"\u12g4"})"),
             std::string(R"({"a\":1})"),
             std::string(R"({"\q":1})"),
             std::string(R"({"a":01})"),
             std::string(R"({"a":tru})"),
             std::string(R"({"a":1}})"),
             std::string(R"({"a":[}])"),
             std::string(R"({"a":1} {})"),
             std::string(R"({1:2})"),
             std::string(R"({"a":"\ud800"})"),
             std::string(R"({"a":"\ud800\u12"})"),
             std::string("{"),
             std::string(R"({"a":[)"),
             R"({"a":)" + deep.substr(1) + end.substr(1) + "}",
             R"({"a":)" + deep + end + "}",
         }) {
        EXPECT_EQ(judge(text), judge_by_event(text)) << text;
        EXPECT_EQ(judge(text, 1), judge_by_event(text)) << text;
    }
}

TEST(Validator, AgreesWithEventOnAnyDamage) {
    constexpr unsigned seed = 13;
    std::mt19937 chance(seed);
    const std::string valid =
        R"({"a":[1,-2.5e3,true,false,null,"x\"\\\u0041"],"b":{"c":{},"d":[]},"e":"\ud83d\ude00","f":[[],{"g":0}]})";
    constexpr std::string_view damage = R"({}[],:"\ 0ut1e-)";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = valid;
        for (auto n = chance() % 3; n <= 2; ++n) {
            const auto at = chance() % text.size();
            switch (chance() % 3) {
                case 0: text[at] = damage[chance() % damage.size()]; break;
                case 1: text.erase(at, 1); break;
                default: text.insert(at, 1, damage[chance() % damage.size()]); break;
            }
        }
        if (!text.starts_with('{')) continue;
        ASSERT_EQ(judge(text, 1 + chance() % 7), judge_by_event(text)) << text << " seed " << seed;
    }
}

TEST(Validator, NoticesMembersOfTheObjectItself) {
    std::string text = R"({"a":{"b":1},"b":[2],"\u0062":"last","c":3})";
    Tokens tokens;
    ASSERT_TRUE(tokens.find(text));
    constexpr std::array<std::string_view, 3> names{"b", "d", "a"};
    Validator validator;
    validator.begin(tokens, 0, max_json_depth, names);
    ASSERT_EQ(validator.check(1000), Status::valid);
    EXPECT_EQ(tokens.text(validator.member(0).value()), R"("last")");
    EXPECT_FALSE(validator.member(1));
    EXPECT_EQ(tokens.text(validator.member(2).value()), R"({"b":1})");
}

}  // namespace
}  // namespace pintle::json
