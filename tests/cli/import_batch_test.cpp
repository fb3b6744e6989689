#include "import/batch.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::importer {
namespace {

using testing::ElementsAre;

Line line(std::uint64_t number, std::string text = "{}") {
    return {number, (number - 1) * 10, number * 10, std::move(text)};
}

TEST(ImportBatch, IsFullOfEventsOrBytes) {
    ImportBatch batch({2, 20});
    EXPECT_TRUE(batch.empty());
    batch.add(line(1), "{}");
    EXPECT_FALSE(batch.full());
    EXPECT_FALSE(batch.takes(std::string(20, 'x')));
    EXPECT_TRUE(batch.takes("{\"a\":1}"));
    batch.add(line(2), "{\"a\":1}");
    EXPECT_TRUE(batch.full());
    EXPECT_EQ(batch.body(0, 2), R"({"batch":[{},{"a":1}]})");
    EXPECT_EQ(batch.body(1, 1), R"({"batch":[{"a":1}]})");
}

TEST(ImportBatch, TakesOneEventHoweverLarge) {
    ImportBatch batch({2, 20});
    EXPECT_TRUE(batch.takes(std::string(1000, 'x')));
    batch.add(line(1), std::string(1000, 'x'));
    EXPECT_TRUE(batch.full());
}

TEST(ImportBatch, EndsBehindItsLastLineWhateverThatIs) {
    ImportBatch batch({500, 1'000});
    batch.add(line(1), "{}");
    batch.reject(line(2), "no");
    EXPECT_EQ(batch.end(), 20);
    batch.skip(line(3));
    EXPECT_EQ(batch.end(), 30);
    EXPECT_EQ(batch.last_line(), 3);
    EXPECT_EQ(batch.events(), 1);
}

TEST(ImportBatch, LinesThatAreNoEventsFillItToo) {
    ImportBatch batch({3, 1'000});
    for (std::uint64_t i = 1; i <= 3; ++i) batch.reject(line(i, "oops"), "no");
    EXPECT_TRUE(batch.full());
    EXPECT_FALSE(batch.empty());
}

TEST(ImportBatch, TellsRejectedLinesInTheirOrder) {
    ImportBatch batch({500, 1'000});
    batch.add(line(1, "one"), "{}");
    batch.reject(line(2, "two"), "no object");
    batch.reject_event(0, "too large");
    const auto& rejected = batch.rejected();
    ASSERT_EQ(rejected.size(), 2);
    EXPECT_EQ(rejected[0].text + ": " + rejected[0].reason, "one: too large");
    EXPECT_EQ(rejected[1].number, 2);
}

TEST(ImportBatch, CountsTheTimesOfItsEvents) {
    ImportBatch batch({500, 1'000});
    for (std::uint64_t i = 1; i <= 2; ++i) batch.add(line(i), "{}", TimeKind::old);
    batch.add(line(3), "{}", TimeKind::missing);
    batch.add(line(4), "{}");
    EXPECT_EQ(batch.times().old, 2U);
    EXPECT_EQ(batch.times().missing, 1U);
    EXPECT_EQ(batch.times().future + batch.times().unreadable, 0U);
}

TEST(ImportBatch, KnowsTheLinesOfItsDeadLetters) {
    ImportBatch batch({500, 1'000});
    batch.reject(line(1), "no object");
    for (std::uint64_t i = 2; i <= 5; ++i) batch.add(line(i), "{}");
    batch.add_outcomes(0, {1, 1, 0, {}});
    batch.add_outcomes(2, {0, 0, 1, {{1, "event_name_missing"}}});
    EXPECT_EQ(batch.counts().accepted, 1U);
    EXPECT_EQ(batch.counts().duplicates, 1U);
    EXPECT_EQ(batch.counts().dropped, 1U);
    EXPECT_EQ(batch.counts().dead_letters, 1U);
    EXPECT_EQ(batch.counts().total(), 4U);
    ASSERT_EQ(batch.dead_letters().size(), 1U);
    EXPECT_EQ(batch.dead_letters()[0].number, 5U);
    EXPECT_EQ(batch.dead_letters()[0].reason, "event_name_missing");
}

// Sends `events` to someone who refuses whatever holds one of `guilty`; the ranges that were taken, and who was found.
std::pair<std::vector<std::size_t>, std::vector<std::size_t>> send(std::size_t events,
                                                                   std::vector<std::size_t> guilty) {
    std::vector<std::size_t> taken;
    std::vector<std::size_t> found;
    Bisection bisection(events);
    while (!bisection.done()) {
        const auto [first, count] = bisection.next();
        if (std::ranges::any_of(guilty, [&](auto g) { return g >= first && g < first + count; })) {
            if (bisection.on_rejected()) found.push_back(first);
        } else {
            for (std::size_t i = first; i < first + count; ++i) taken.push_back(i);
            bisection.on_accepted();
        }
    }
    return {taken, found};
}

TEST(Bisection, AllGoAtOnceWhereNobodyMinds) {
    Bisection bisection(500);
    EXPECT_EQ(bisection.next().count, 500);
    bisection.on_accepted();
    EXPECT_TRUE(bisection.done());
    EXPECT_TRUE(Bisection(0).done());
}

TEST(Bisection, FindTheGuiltyAndKeepTheOrderOfTheOthers) {
    const auto [taken, found] = send(7, {0, 5});
    EXPECT_THAT(taken, ElementsAre(1, 2, 3, 4, 6));
    EXPECT_THAT(found, ElementsAre(0, 5));
}

TEST(Bisection, EndWhereAllAreGuilty) {
    EXPECT_THAT(send(3, {0, 1, 2}).second, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace pintle::cli::importer
