#include <algorithm>
#include <ctime>
#include <regex>
#include <string>
#include <tuple>

#include "contract.hpp"
#include "json/json_oracle.hpp"
#include "mapping_testing.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/customerio/errors.hpp"
#include "pintle/json/tokens.hpp"
#include "random_event.hpp"
#include "settings.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

constexpr int runs = 20'000;

// Without a time of its own a device keeps the event's property `last_used`, whatever it is, as a person keeps traits.
HttpRequest without_the_users_last_used(HttpRequest request, const std::string& event) {
    json body = request.body.empty() ? json() : json::parse(request.body);
    const json::json_pointer ours("/device/last_used");
    const json::json_pointer theirs("/properties/last_used");
    const json sent = json::parse(event);
    if (!body.contains(ours) || !sent.contains(theirs) || body.at(ours) != sent.at(theirs)) return request;
    body.at("device").erase("last_used");
    request.body = body.dump();
    return request;
}

class Property : public testing::Test {
protected:
    const std::uint64_t seed_ = test_setting("PINTLE_TEST_SEED", 1);
    const testing::ScopedTrace trace_{__FILE__, __LINE__, "PINTLE_TEST_SEED=" + std::to_string(seed_)};
    RandomEvent random_{seed_};
};

TEST_F(Property, EveryEventIsARequestThatHoldsTheContractOrHasAReason) {
    const Contract contract;
    int requests = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string event = random_.event();
        Options options = random_options(random_);
        options.batch_anonymous = false;  // which the contract does not document
        const Outcome outcome = map_event(event, options);
        if (!outcome.refusal.empty()) {
            EXPECT_NE(outcome.refusal, "invalid json") << event;
            EXPECT_TRUE(std::ranges::any_of(errors, [&](Reason reason) { return sentence(reason) == outcome.refusal; }))
                << event;
            continue;
        }
        ++requests;
        ASSERT_EQ(contract.broken_by(without_the_users_last_used(outcome.request, event)), "")
            << event << "\n"
            << outcome.request.path << outcome.request.body;
        ASSERT_FALSE(pintle::json::DuplicateFinder::has_duplicates(outcome.request.body)) << event << "\n"
                                                                                          << outcome.request.body;
    }
    EXPECT_GT(requests, runs / 10);
}

// The request of `event`; of one that is refused the reason.
std::string whole_request(const std::string& event, const Options& options) {
    const Outcome outcome = map_event(event, options);
    if (!outcome.refusal.empty()) return outcome.refusal;
    return std::string(outcome.request.method) + ' ' + outcome.request.path + '\n' + outcome.request.body;
}

// Whom each of them does not concern sees none of it, to the byte.
TEST_F(Property, AnOptionChangesOnlyTheEventsThatItIsAbout) {
    const auto has = [](const std::string& event, std::initializer_list<std::string_view> texts) {
        return std::ranges::any_of(texts, [&](std::string_view text) { return event.find(text) != std::string::npos; });
    };
    int unchanged = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string event = random_.event();
        Options with = random_options(random_);
        Options without = with;
        without.semantic_events = {};
        without.convert_dates = without.relationships = without.device_attributes = false;
        without.screen_events = ScreenEvents::event;
        without.user_id_type = UserIdType::automatic;
        // An escape may hide any of the texts.
        if (has(event, {"\\u00"})) continue;
        if (has(event, {" Deleted", " or Updated", "Suppressed", "Unsuppressed"})) with.semantic_events = {};
        if (has(event, {"2020-02-0", "1969-12"})) with.convert_dates = false;
        if (has(event, {"objectId", "relationshipAttributes"}) || !has(event, {"identify"})) with.relationships = false;
        if (has(event, {"token"})) with.device_attributes = false;
        if (has(event, {"screen"})) with.screen_events = ScreenEvents::event;
        with.user_id_type = UserIdType::automatic;
        ++unchanged;
        if (!with.convert_dates) {
            ASSERT_EQ(whole_request(event, with), whole_request(event, without)) << event;
            continue;
        }
        // It writes objects anew, without the spaces that they had.
        const Outcome converted = map_event(event, with);
        const Outcome plain = map_event(event, without);
        ASSERT_EQ(converted.refusal, plain.refusal) << event;
        ASSERT_EQ(converted.request.path, plain.request.path) << event;
        if (plain.request.body.empty()) continue;
        ASSERT_EQ(converted.body(), plain.body()) << event;
    }
    EXPECT_GT(unchanged, runs / 10);
}

// As another library and a regular expression read it.
std::optional<std::int64_t> date_of(const std::string& text) {
    static const std::regex form(
        R"((\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|([+-])(\d\d):?(\d\d))?)?)");
    std::smatch match;
    if (!std::regex_match(text, match, form)) return std::nullopt;
    const auto number = [&match](std::size_t group) { return match[group].matched ? std::stoi(match[group]) : 0; };
    std::tm time{};
    time.tm_year = number(1) - 1900;
    time.tm_mon = number(2) - 1;
    time.tm_mday = number(3);
    time.tm_hour = number(4);
    time.tm_min = number(5);
    time.tm_sec = number(6);
    const std::tm given = time;
    const std::int64_t seconds = timegm(&time);  // which makes a date of one that does not exist
    const auto fields = [](const std::tm& tm) {
        return std::tuple(tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    };
    if (fields(given) != fields(time) || number(8) > 23 || number(9) > 59) return std::nullopt;
    const int zone = number(8) * 3600 + number(9) * 60;
    return seconds - (match[7].matched && match[7] == "-" ? -zone : zone);
}

json with_dates(json value) {
    if (value.is_string()) {
        const auto date = date_of(value.get<std::string>());
        return date ? json(*date) : value;
    }
    if (!value.is_object()) return value;
    for (auto& [name, member] : value.items()) member = with_dates(member);
    return value;
}

TEST_F(Property, DatesOfAnEventsPropertiesAreConvertedAsAnotherReaderConvertsThem) {
    int converted = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string event = random_.event();
        Options options;
        const Outcome plain = map_event(event, options);
        options.convert_dates = true;
        const Outcome changed = map_event(event, options);
        ASSERT_EQ(changed.refusal, plain.refusal) << event;
        ASSERT_EQ(changed.request.path, plain.request.path) << event;
        if (!plain.refusal.empty() || !plain.request.path.ends_with("/events")) continue;
        json expected = plain.body();
        if (expected.contains("data")) expected.at("data") = with_dates(expected.at("data"));
        ASSERT_EQ(changed.body(), expected) << event;
        converted += expected == plain.body() ? 0 : 1;
    }
    EXPECT_GT(converted, runs / 100);
}

TEST_F(Property, WhatIdentifyAddsItselfHasItsType) {
    for (int i = 0; i < runs; ++i) {
        const std::string text = random_.event();
        pintle::json::Event event;
        ASSERT_TRUE(event.parse(text)) << text;
        event.set("type", R"("identify")");
        event.set("timestamp", "1571051718");
        event.set("anonymousId", "7");
        std::string written;
        event.write(written);
        const Outcome outcome = map_event(written);
        if (!outcome.refusal.empty()) continue;
        EXPECT_EQ(outcome.body().at("_timestamp"), 1571051718) << text;
        EXPECT_EQ(outcome.body().at("anonymous_id"), "7") << text;
        EXPECT_FALSE(pintle::json::DuplicateFinder::has_duplicates(written)) << written;
    }
}

TEST_F(Property, AnEventReadsTheSameAsAnotherLibraryReadsIt) {
    for (int i = 0; i < runs; ++i) {
        const std::string text = random_.event();
        pintle::json::Event event;
        ASSERT_TRUE(event.parse(text)) << text;
        std::string written;
        event.write(written);
        ASSERT_EQ(json::parse(written), json::parse(text)) << text;
    }
}

TEST_F(Property, WhatIsSetIsWrittenAsAnotherLibraryWouldHaveIt) {
    for (int i = 0; i < runs; ++i) {
        const std::string text = random_.event();
        json expected = json::parse(text);
        pintle::json::Event event;
        ASSERT_TRUE(event.parse(text)) << text;
        // Most events have some of these and not the others.
        for (const char* const key : {"receivedAt", "userId", "new", "type", "context", "new"}) {
            if (random_.below(3) != 0) continue;
            event.set_text(key, "as set");
            expected[key] = "as set";
        }
        std::string written;
        event.write(written);
        ASSERT_EQ(json::parse(written), expected) << text;
        ASSERT_FALSE(pintle::json::DuplicateFinder::has_duplicates(written)) << written;
        ASSERT_LE(written.size(), event.most_bytes());
    }
}

// Some of them large, as the size of a request is known only once it is written.
TEST_F(Property, AnEventIsCheckedAsItIsMapped) {
    pintle::json::Event event;
    int refused = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string text = random_.event();
        ASSERT_TRUE(event.parse(text)) << text;
        if (i % 8 == 0) {
            const std::string filling(8'000 + random_.below(26'000), 'x');
            event.set(i % 16 == 0 ? "properties" : "traits", R"({"filling":")" + filling + R"("})");
        }
        Mapper mapper(random_options(random_));
        Mapped mapped;
        Mapped checked;
        const auto done = mapper.map(event, mapped);
        const auto known = mapper.validate(event, checked);
        ASSERT_EQ(known.has_value(), done.has_value()) << text;
        if (!done) {
            ++refused;
            ASSERT_EQ(known.error(), done.error()) << text;
            continue;
        }
        ASSERT_EQ(checked.type, mapped.type) << text;
        ASSERT_EQ(std::tie(checked.keys.person, checked.keys.anonymous, checked.keys.previous),
                  std::tie(mapped.keys.person, mapped.keys.anonymous, mapped.keys.previous))
            << text;
    }
    EXPECT_GT(refused, 0);
}

// Broken ones too, as long as their brackets close.
TEST_F(Property, AnEventInAListReadsAsItDoesAlone) {
    pintle::json::Tokens tokens;
    pintle::json::Event unbatched;
    pintle::json::Event listed;
    int taken = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string text = i % 2 == 0 ? random_.event() : random_.mutated(random_.event());
        std::string list = "[" + text + ",{}]";
        const bool valid = unbatched.parse(text).has_value();
        const auto span = tokens.find(list) ? tokens.value_at(1) : std::nullopt;
        const bool whole = span && tokens.first(span->begin) == '{' && tokens.first(span->end) == ',' &&
                           tokens.count() == span->end + 4;
        ASSERT_EQ(whole && listed.read(tokens, *span).has_value(), valid) << text;
        if (!valid) continue;
        ++taken;
        std::string expected;
        std::string written;
        unbatched.write(expected);
        listed.write(written);
        ASSERT_EQ(written, expected) << text;
        ASSERT_LE(written.size(), listed.most_bytes());
    }
    EXPECT_GT(taken, runs / 2);
}

TEST_F(Property, BrokenTextsAreJudgedAsAnotherLibraryJudgesThem) {
    pintle::json::Event event;
    int refused = 0;
    for (int i = 0; i < 5 * runs; ++i) {
        const std::string text = random_.mutated(random_.event());
        const auto expected = pintle::json::is_json_object(text);
        const bool taken = event.parse(text).has_value();
        ASSERT_EQ(taken, expected.value_or(taken)) << text;
        refused += taken ? 0 : 1;
    }
    EXPECT_GT(refused, runs);
}

}  // namespace
}  // namespace pintle::customerio
