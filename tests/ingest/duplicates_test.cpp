#include <algorithm>
#include <array>
#include <barrier>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "call.hpp"
#include "dedupe.hpp"
#include "pintle/base/message_hash.hpp"

namespace pintle::ingest {
namespace {

using testing::Call;
using ::testing::ElementsAre;
using testing::IngestFixture;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Call call(const std::string& id) {
    return {boost::beast::http::verb::post,
            "/v1/track",
            "",
            {{"X-Write-Key", "key"}},
            R"({"messageId":")" + id + R"(","userId":"u","event":"e"})"};
}

Call batch(const std::vector<std::string>& ids) {
    std::string events;
    for (const auto& id : ids) {
        events +=
            (events.empty() ? "" : ",") + (R"({"type":"track","messageId":")" + id + R"(","userId":"u","event":"e"})");
    }
    return {boost::beast::http::verb::post, "/v1/batch", "", {{"X-Write-Key", "key"}}, R"({"batch":[)" + events + "]}"};
}

boost::system::error_code disk_full() {
    return make_error_code(boost::system::errc::no_space_on_device);
}

TEST(Answers, WaitForTheJournal) {
    IngestFixture fixture;
    const auto answer = fixture.begin(call("m"));
    EXPECT_FALSE(*answer);
    fixture.journal.commit();
    fixture.resume();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200U);
    EXPECT_EQ((*answer)->body, "OK");
}

TEST(Answers, AFailedCommitIs503WithRetryAfter) {
    IngestFixture fixture;
    const auto answer = fixture.begin(call("m"));
    fixture.journal.commit(disk_full());
    fixture.resume();
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 503U);
    EXPECT_THAT((*answer)->headers, ::testing::HasSubstr("Retry-After: "));
}

TEST(Answers, AJournalWithoutRoomIs503AtOnce) {
    IngestFixture fixture;
    fixture.journal.room = false;
    const auto answer = fixture.begin(call("m"));
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 503U);
    EXPECT_THAT((*answer)->headers, ::testing::HasSubstr("Retry-After: "));
    EXPECT_TRUE(fixture.journal.waiting.empty());
}

TEST(Duplicates, ARepeatIsAnswered200AndDropped) {
    IngestFixture fixture;
    EXPECT_EQ(fixture.call(call("m")).status, 200U);
    EXPECT_EQ(fixture.call(call("m")).status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
    EXPECT_EQ(fixture.ingest.counts().sources[0].destinations[0].duplicate, 1U);
}

TEST(Duplicates, ARepeatWithinOneBatchIsDropped) {
    IngestFixture fixture;
    const std::string event = R"({"type":"track","messageId":"m","userId":"u","event":"e"})";
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[)" + event + "," + event + "]}").status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
}

TEST(Duplicates, ARepeatThatArrivesBeforeTheCommitWaitsForIt) {
    IngestFixture fixture;
    const auto first = fixture.begin(call("m"));
    const auto repeat = fixture.begin(call("m"));
    EXPECT_THAT(fixture.journal.waiting, SizeIs(1));
    EXPECT_FALSE(*repeat);
    fixture.journal.commit();
    fixture.resume();
    ASSERT_TRUE(*first && *repeat);
    EXPECT_EQ((*first)->status, 200U);
    EXPECT_EQ((*repeat)->status, 200U);
}

TEST(Duplicates, ARepeatSharesTheFailureOfItsFirstAndMayBeSentAgain) {
    IngestFixture fixture;
    const auto first = fixture.begin(call("m"));
    const auto repeat = fixture.begin(call("m"));
    fixture.journal.commit(disk_full());
    fixture.resume();
    ASSERT_TRUE(*first && *repeat);
    EXPECT_EQ((*first)->status, 503U);
    EXPECT_EQ((*repeat)->status, 503U);
    EXPECT_EQ(fixture.call(call("m")).status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
}

// Otherwise `later` could be delivered before `repeated`, which its sender sent earlier.
TEST(Duplicates, NewEventsWaitForTheRepeatedOnesBeforeThem) {
    IngestFixture fixture;
    const auto first = fixture.begin(call("repeated"));
    const auto both = fixture.begin(batch({"repeated", "later"}));
    ASSERT_THAT(fixture.journal.waiting, SizeIs(1));
    fixture.journal.commit();
    fixture.resume();
    EXPECT_TRUE(*first);
    EXPECT_FALSE(*both);
    ASSERT_THAT(fixture.journal.waiting, SizeIs(1));
    EXPECT_THAT(fixture.journal.commit().records, SizeIs(1));
    fixture.resume();
    ASSERT_TRUE(*both);
    EXPECT_EQ((*both)->status, 200U);
}

TEST(Duplicates, WhatWaitsForAFailedCommitIsNotAppendedAndMayBeSentAgain) {
    IngestFixture fixture;
    const auto first = fixture.begin(call("repeated"));
    const auto both = fixture.begin(batch({"repeated", "later"}));
    const auto third = fixture.begin(call("later"));
    fixture.journal.commit(disk_full());
    fixture.resume();
    ASSERT_TRUE(*first && *both && *third);
    EXPECT_EQ((*both)->status, 503U);
    EXPECT_EQ((*third)->status, 503U);
    EXPECT_THAT(fixture.journal.waiting, IsEmpty());
    EXPECT_EQ(fixture.call(batch({"repeated", "later"})).status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(2));
}

TEST(Duplicates, OfTwoRequestsWithTheSameMessagesOneClaimsThemAll) {
    constexpr int rounds = 2'000;
    constexpr std::size_t size = 100;
    Dedupe dedupe(std::chrono::hours(1));
    const auto web = dedupe.source("web");
    boost::asio::io_context io;
    std::barrier both(2);
    std::array<std::vector<std::size_t>, 2> claimed;  // by each thread in each round
    const auto claim = [&](std::vector<std::size_t>& counts) {
        for (int round = 0; round < rounds; ++round) {
            std::vector<MessageHash> messages(size);
            for (std::size_t i = 0; i < size; ++i) messages[i] = message_hash(std::to_string(round), std::to_string(i));
            CommitWaiter waiter(io.get_executor());
            both.arrive_and_wait();
            const auto is_new = dedupe.claim(web, messages, testing::test_epoch, waiter);
            counts.push_back(static_cast<std::size_t>(std::ranges::count(is_new, true)));
            both.arrive_and_wait();
            if (counts.back() > 0) dedupe.committed(web, messages, testing::test_epoch);
            both.arrive_and_wait();
        }
    };
    std::thread other([&] { claim(claimed[1]); });
    claim(claimed[0]);
    other.join();
    for (int round = 0; round < rounds; ++round) {
        const auto at = static_cast<std::size_t>(round);
        EXPECT_EQ(std::max(claimed[0][at], claimed[1][at]), size);
        EXPECT_EQ(std::min(claimed[0][at], claimed[1][at]), 0U);
    }
}

TEST(Duplicates, AreForgottenAfterTheWindow) {
    IngestFixture fixture;
    fixture.call(call("m"));
    fixture.now += std::chrono::hours(1) + std::chrono::milliseconds(1);
    fixture.call(call("m"));
    EXPECT_THAT(fixture.events(), SizeIs(2));
}

TEST(Duplicates, AreFoundAfterARestart) {
    IngestFixture before;
    before.call(call("m"));
    IngestFixture after(IngestFixture::default_options(), before.journal.message_ids);
    EXPECT_EQ(after.call(call("m")).status, 200U);
    EXPECT_EQ(after.ingest.counts().sources[0].destinations[0].duplicate, 1U);
    EXPECT_TRUE(after.events().empty());
}

TEST(Duplicates, TwoSourcesMayUseTheSameMessageId) {
    auto options = IngestFixture::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    options.sources.push_back(second);
    IngestFixture fixture(options);
    auto other = call("m");
    other.headers = {{"X-Write-Key", "key2"}};
    fixture.call(call("m"));
    fixture.call(other);
    EXPECT_THAT(fixture.events(), SizeIs(2));
}

TEST(Duplicates, AWindowOfZeroTurnsThemOff) {
    auto options = IngestFixture::default_options();
    options.dedupe_window = std::chrono::milliseconds{0};
    IngestFixture fixture(options);
    fixture.call(call("m"));
    fixture.call(call("m"));
    EXPECT_THAT(fixture.events(), SizeIs(2));
    EXPECT_TRUE(fixture.committed.front().message_ids.empty());
}

TEST(Duplicates, OnlyTheNewestTwoMillionAreFound) {
    Dedupe dedupe(std::chrono::hours(1));
    const auto web = dedupe.source("web");
    const auto hash = [](std::uint64_t n) {  // spread like a real hash's bits
        const std::uint64_t spread = (n + 1) * 0x9e3779b97f4a7c15U;
        MessageHash message{};
        std::memcpy(message.data(), &spread, sizeof spread);
        return message;
    };
    constexpr auto limit = Dedupe::usual_limit;
    for (std::uint64_t n = 0; n <= limit; ++n) dedupe.remember(web, hash(n), testing::test_epoch);
    EXPECT_LE(dedupe.size(), limit);
    EXPECT_GT(dedupe.size(), limit - limit / 1000);
    boost::asio::io_context io;
    CommitWaiter waiter(io.get_executor());
    const std::array messages{hash(0), hash(limit / 1000)};
    EXPECT_THAT(dedupe.claim(web, messages, testing::test_epoch, waiter), ElementsAre(true, false))
        << "the oldest is forgotten";
}

}  // namespace
}  // namespace pintle::ingest
