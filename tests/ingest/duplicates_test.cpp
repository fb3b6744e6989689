#include <cstring>

#include <gmock/gmock.h>

#include "ingest/call.hpp"
#include "ingest/dedupe.hpp"

namespace pintle::ingest {
namespace {

using testing::Call;
using testing::House;
using ::testing::SizeIs;

Call call(const std::string& id) {
    return {boost::beast::http::verb::post,
            "/v1/track",
            "",
            {{"X-Write-Key", "key"}},
            R"({"messageId":")" + id + R"(","userId":"u","event":"e"})"};
}

boost::system::error_code disk_full() {
    return make_error_code(boost::system::errc::no_space_on_device);
}

TEST(Answers, WaitForTheJournal) {
    House house;
    const auto answer = house.begin(call("m"));
    EXPECT_FALSE(*answer);
    house.journal.commit();
    house.settle();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200U);
    EXPECT_EQ((*answer)->body, "OK");
}

TEST(Answers, AFailedCommitIs503WithRetryAfter) {
    House house;
    const auto answer = house.begin(call("m"));
    house.journal.commit(disk_full());
    house.settle();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 503U);
    EXPECT_THAT((*answer)->headers, ::testing::HasSubstr("Retry-After: "));
}

TEST(Answers, AJournalWithoutRoomIs503AtOnce) {
    House house;
    house.journal.room = false;
    const auto answer = house.begin(call("m"));
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 503U);
    EXPECT_THAT((*answer)->headers, ::testing::HasSubstr("Retry-After: "));
    EXPECT_TRUE(house.journal.waiting.empty());
}

TEST(Duplicates, ARepeatIsAnswered200AndDropped) {
    House house;
    EXPECT_EQ(house.call(call("m")).status, 200U);
    EXPECT_EQ(house.call(call("m")).status, 200U);
    EXPECT_THAT(house.events(), SizeIs(1));
    EXPECT_EQ(house.ingest.counts().sources[0].duplicate, 1U);
}

TEST(Duplicates, ARepeatWithinOneBatchIsDropped) {
    House house;
    const std::string event = R"({"type":"track","messageId":"m","userId":"u","event":"e"})";
    EXPECT_EQ(house.post("/v1/batch", R"({"batch":[)" + event + "," + event + "]}").status, 200U);
    EXPECT_THAT(house.events(), SizeIs(1));
}

TEST(Duplicates, ARepeatThatArrivesBeforeTheCommitWaitsForIt) {
    House house;
    const auto first = house.begin(call("m"));
    const auto repeat = house.begin(call("m"));
    EXPECT_THAT(house.journal.waiting, SizeIs(1));
    EXPECT_FALSE(*repeat);
    house.journal.commit();
    house.settle();
    ASSERT_TRUE(*first && *repeat);
    EXPECT_EQ((*first)->status, 200U);
    EXPECT_EQ((*repeat)->status, 200U);
}

TEST(Duplicates, ARepeatSharesTheFailureOfItsFirstAndMayBeSentAgain) {
    House house;
    const auto first = house.begin(call("m"));
    const auto repeat = house.begin(call("m"));
    house.journal.commit(disk_full());
    house.settle();
    ASSERT_TRUE(*first && *repeat);
    EXPECT_EQ((*first)->status, 503U);
    EXPECT_EQ((*repeat)->status, 503U);
    EXPECT_EQ(house.call(call("m")).status, 200U);
    EXPECT_THAT(house.events(), SizeIs(1));
}

TEST(Duplicates, AreForgottenAfterTheWindow) {
    House house;
    house.call(call("m"));
    house.now += std::chrono::hours(1) + std::chrono::milliseconds(1);
    house.call(call("m"));
    EXPECT_THAT(house.events(), SizeIs(2));
}

TEST(Duplicates, AreRememberedAcrossARestart) {
    House before;
    before.call(call("m"));
    House after(House::default_options(), before.journal.seen);
    EXPECT_EQ(after.call(call("m")).status, 200U);
    EXPECT_EQ(after.ingest.counts().sources[0].duplicate, 1U);
    EXPECT_TRUE(after.events().empty());
}

TEST(Duplicates, TwoSourcesMayUseTheSameMessageId) {
    auto options = House::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    options.sources.push_back(second);
    House house(options);
    auto other = call("m");
    other.headers = {{"X-Write-Key", "key2"}};
    house.call(call("m"));
    house.call(other);
    EXPECT_THAT(house.events(), SizeIs(2));
}

TEST(Duplicates, AWindowOfZeroTurnsThemOff) {
    auto options = House::default_options();
    options.dedupe_window = std::chrono::milliseconds{0};
    House house(options);
    house.call(call("m"));
    house.call(call("m"));
    EXPECT_THAT(house.events(), SizeIs(2));
    EXPECT_TRUE(house.committed.front().seen.empty());
}

TEST(Duplicates, OnlyTheNewestTwoMillionAreRemembered) {
    Dedupe dedupe(std::chrono::hours(1));
    const auto web = dedupe.source("web");
    const auto hash = [](std::uint64_t n) {  // spread like a real hash's bits
        const std::uint64_t spread = (n + 1) * 0x9e3779b97f4a7c15U;
        MessageHash message{};
        std::memcpy(message.data(), &spread, sizeof spread);
        return message;
    };
    constexpr auto limit = Dedupe::usual_limit;
    for (std::uint64_t n = 0; n <= limit; ++n) dedupe.remember(web, hash(n), testing::noon_of_the_tests);
    EXPECT_LE(dedupe.size(), limit);
    EXPECT_GT(dedupe.size(), limit - limit / 1000);
    boost::asio::io_context io;
    Latch latch(io.get_executor());
    EXPECT_TRUE(dedupe.claim(web, hash(0), testing::noon_of_the_tests, latch)) << "the oldest is forgotten";
    EXPECT_FALSE(dedupe.claim(web, hash(limit / 1000), testing::noon_of_the_tests, latch));
}

}  // namespace
}  // namespace pintle::ingest
