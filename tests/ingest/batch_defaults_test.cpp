#include "batch_defaults.hpp"

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pintle::ingest {
namespace {

using nlohmann::json;

std::string with_context(const std::string& context) {
    return R"({"context":)" + context + "}";
}

// The event as it is with the defaults, and how many bytes they were said to add.
std::pair<std::string, std::size_t> with_defaults(BatchDefaults& defaults, const std::string& text) {
    pintle::json::Event event;
    EXPECT_TRUE(event.parse(text)) << text;
    const std::size_t bytes = defaults.bytes_for(event);
    defaults.apply(event);
    std::string out;
    event.write(out);
    return {out, bytes};
}

class Defaults : public ::testing::Test {
protected:
    void set(std::string_view sent_at, const std::string& context) {
        ASSERT_TRUE(envelope_.parse(context));
        defaults_.set(sent_at, envelope_.root());
    }

    std::string applied(const std::string& event) { return with_defaults(defaults_, event).first; }

    pintle::json::Event envelope_;
    BatchDefaults defaults_;
};

TEST_F(Defaults, AreOfWhatTheEventLacks) {
    set(R"("now")", R"({"a":1,"b":{"c":2}})");
    EXPECT_EQ(applied("{}"), R"({"sentAt":"now","context":{"a":1,"b":{"c":2}}})");
    EXPECT_EQ(applied(R"({"sentAt":null,"context":null})"), R"({"sentAt":"now","context":{"a":1,"b":{"c":2}}})");
    EXPECT_EQ(applied(R"({"sentAt":"then","context":{"b":3}})"), R"({"sentAt":"then","context":{"b":3,"a":1}})");
    EXPECT_EQ(applied(R"({"sentAt":1,"context":{"\u0062":null,"a":0}})"),
              R"({"sentAt":1,"context":{"\u0062":null,"a":0}})");
    EXPECT_EQ(applied(R"({"sentAt":1,"context":"none"})"), R"({"sentAt":1,"context":"none"})");
}

// Seeded; small alphabets, so that names meet often.
std::string random_object(std::mt19937& chance) {
    constexpr std::array<std::string_view, 8> names{"a", "b", R"(\u0061)", "same-long-name-1", "same-long-name-2",
                                                    "c", "d", ""};
    std::string text = "{";
    for (auto left = chance() % 12; left > 0; --left) {
        if (text.size() > 1) text += ',';
        text.append("\"").append(names[chance() % names.size()]).append("\":").append(std::to_string(chance() % 100));
    }
    return text + "}";
}

TEST_F(Defaults, MergeAsMemberByMemberDoes) {
    constexpr unsigned seed = 7;
    std::mt19937 chance(seed);
    for (int batch = 0; batch < 300; ++batch) {
        const std::string context = random_object(chance);
        set("", context);
        for (int i = 0; i < 10; ++i) {
            const std::string own = random_object(chance);
            json expected = json::parse(context);
            expected.update(json::parse(own));
            const auto [text, bytes] = with_defaults(defaults_, with_context(own));
            ASSERT_EQ(json::parse(text)["context"], expected) << context << " " << own << " seed " << seed;
            pintle::json::Event event;
            ASSERT_TRUE(event.parse(text));
            ASSERT_LE(text.size(), with_context(own).size() + bytes) << context << " " << own;
        }
    }
}

// 200,000 members against as many: in the square of that it would take minutes. All names have the same hash, which
// looks at a name's two ends.
TEST_F(Defaults, CostNoMoreThanTheTextsAreLong) {
    std::string context = "{";
    std::string own = "{";
    for (int i = 0; i < 200'000; ++i) {
        const std::string name = "\"beginning" + std::to_string(1'000'000 + i) + "enough to end\":1";
        context += (i > 0 ? "," : "") + name;
        if (i % 2 == 0) own += (i > 0 ? "," : "") + name;
    }
    context += '}';
    set("", context);
    const auto [text, bytes] = with_defaults(defaults_, with_context(own + "}"));
    EXPECT_EQ(text.size(), with_context(context).size());
    EXPECT_EQ(with_defaults(defaults_, with_context(context)).second, 0U);
}

TEST_F(Defaults, CountWhatTheyAddBeforeTheyAddIt) {
    set("", R"({"abc":12345})");
    EXPECT_EQ(with_defaults(defaults_, "{}").second, std::string(R"(,"context":{"abc":12345})").size());
    EXPECT_EQ(with_defaults(defaults_, R"({"context":{"d":1}})").second, std::string(R"(,"abc":12345)").size());
    EXPECT_EQ(with_defaults(defaults_, R"({"context":{"abc":1}})").second, 0U);
    EXPECT_EQ(with_defaults(defaults_, R"({"context":7})").second, 0U);
}

}  // namespace
}  // namespace pintle::ingest
