#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <tuple>

#include "contract.hpp"
#include "json/json_oracle.hpp"
#include "mapping_testing.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/customerio/errors.hpp"
#include "pintle/json/tokens.hpp"
#include "random_event.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

constexpr int runs = 20'000;

// A fresh one each time; the one that failed is told and can be given again.
std::uint64_t seed() {
    if (const char* given = std::getenv("PINTLE_TEST_SEED")) return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
}

Options random_options(RandomEvent& random) {
    Options options;
    options.api_version = random.below(2) == 0 ? ApiVersion::v1 : ApiVersion::v2;
    options.created_at = random.below(2) == 0 ? CreatedAt::event_time : CreatedAt::omit;
    options.identify_anonymous = random.below(2) == 0;
    options.event_dedupe_id = random.below(2) == 0;
    if (random.below(2) == 0) options.device_token_event_name = "u1";
    return options;
}

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
    const std::uint64_t seed_ = seed();
    const testing::ScopedTrace trace_{__FILE__, __LINE__, "PINTLE_TEST_SEED=" + std::to_string(seed_)};
    RandomEvent random_{seed_};
};

TEST_F(Property, EveryEventIsARequestThatHoldsTheContractOrHasAReason) {
    const Contract contract;
    int requests = 0;
    for (int i = 0; i < runs; ++i) {
        const std::string event = random_.event();
        const Outcome outcome = map_event(event, random_options(random_));
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
