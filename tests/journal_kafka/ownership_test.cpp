#include "kafka/ownership.hpp"

#include <chrono>

#include <gmock/gmock.h>

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::Eq;
using Action = Ownership::Action;
using Change = Ownership::Change;

constexpr NodeId self = 1;
constexpr NodeId other = 2;

RecordHeader claim(NodeId node, std::uint64_t epoch, LedgerOffset after) {
    return {.kind = RecordKind::claim, .epoch = epoch, .node = node, .sequence = 1, .after = after};
}

RecordHeader delta(NodeId node, std::uint64_t epoch) {
    return {.kind = RecordKind::delta, .epoch = epoch, .node = node, .sequence = 2};
}

RecordHeader release(NodeId node, std::uint64_t epoch) {
    return {.kind = RecordKind::release, .epoch = epoch, .node = node, .sequence = 3};
}

RecordHeader first_part(NodeId node, std::uint64_t epoch) {
    return {.kind = RecordKind::snapshot, .epoch = epoch, .node = node, .sequence = 4, .begins_snapshot = true};
}

// A node that owns the stream: its claim is sent at `at` and read back at once, at offset 0.
Ownership owner(BootTime at) {
    Ownership node(self);
    node.reached_end(at);
    node.read(0, node.send(RecordKind::claim, at), at);
    return node;
}

TEST(LogOwnership, OfTwoClaimsAfterTheSameRecordTheFirstCounts) {
    LogOwnership log;
    EXPECT_TRUE(log.apply(0, claim(self, 1, no_offset)));
    EXPECT_FALSE(log.apply(1, claim(other, 1, no_offset)));
    EXPECT_THAT(log.owner(), Eq(self));
}

TEST(LogOwnership, AClaimThatHasNotSeenTheLastCountingRecordDoesNotCount) {
    LogOwnership log;
    log.apply(0, claim(self, 1, no_offset));
    EXPECT_TRUE(log.apply(1, delta(self, 1)));
    EXPECT_FALSE(log.apply(2, claim(other, 2, 0)));
    EXPECT_TRUE(log.apply(3, claim(other, 2, 1)));
    EXPECT_THAT(log.owner(), Eq(other));
}

TEST(LogOwnership, AClaimThatSkipsAnEpochDoesNotCount) {
    LogOwnership log;
    log.apply(0, claim(self, 1, no_offset));
    EXPECT_FALSE(log.apply(1, claim(other, 3, 0)));
}

TEST(LogOwnership, RecordsOfAFormerOwnerDoNotCount) {
    LogOwnership log;
    log.apply(0, claim(self, 1, no_offset));
    log.apply(1, claim(other, 2, 0));
    EXPECT_FALSE(log.apply(2, delta(self, 1)));
    EXPECT_FALSE(log.apply(3, release(self, 1)));
    EXPECT_FALSE(log.apply(4, delta(self, 2)));
    EXPECT_EQ(log.last_counting(), 1);
}

TEST(LogOwnership, AfterAReleaseNobodyOwnsUntilTheNextClaim) {
    LogOwnership log;
    log.apply(0, claim(self, 1, no_offset));
    EXPECT_TRUE(log.apply(1, release(self, 1)));
    EXPECT_FALSE(log.owner());
    EXPECT_FALSE(log.apply(2, delta(self, 1)));
    EXPECT_TRUE(log.apply(3, claim(other, 2, 1)));
}

TEST(LogOwnership, ARecordThatIsReadTwiceCountsOnce) {
    LogOwnership log;
    EXPECT_TRUE(log.apply(0, claim(self, 1, no_offset)));
    EXPECT_FALSE(log.apply(0, claim(self, 1, no_offset)));
}

TEST(LogOwnership, ALogWhoseStartIsDeletedBeginsWithASnapshot) {
    LogOwnership log;
    EXPECT_TRUE(log.apply(100, first_part(self, 7)));
    EXPECT_THAT(log.owner(), Eq(self));
    EXPECT_TRUE(log.apply(101, claim(other, 8, 100)));
}

TEST(LogOwnership, ALogWhoseStartIsDeletedAndHasNoSnapshotHasNoOwner) {
    LogOwnership log;
    EXPECT_FALSE(log.apply(100, delta(self, 7)));
    EXPECT_FALSE(log.apply(101, claim(other, 1, no_offset)));
    EXPECT_FALSE(log.is_readable());
}

TEST(Ownership, ClaimsAnEmptyLedgerOnceItHasReadItsEnd) {
    Ownership node(self);
    EXPECT_EQ(node.next(100s, 0).action, Action::none);
    node.reached_end(100s);
    EXPECT_EQ(node.next(100s, 0).action, Action::claim);
    const auto sent = node.send(RecordKind::claim, 100s);
    EXPECT_EQ(sent.epoch, 1);
    EXPECT_EQ(sent.after, no_offset);
}

TEST(Ownership, SendsNothingBeforeItsClaimIsReadBack) {
    Ownership node(self);
    node.reached_end(100s);
    const auto sent = node.send(RecordKind::claim, 100s);
    EXPECT_FALSE(node.may_send(100s));
    EXPECT_EQ(node.read(0, sent, 100s + 5ms).change, Change::began);
    EXPECT_TRUE(node.may_send(100s + 5ms));
}

TEST(Ownership, TheLeaseCountsFromWhenTheRecordWasSent) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, node.send(RecordKind::claim, 100s), 101s);
    EXPECT_TRUE(node.may_send(101s + 499ms));
    EXPECT_FALSE(node.may_send(101s + 500ms));
}

TEST(Ownership, ARecordThatIsReadBackTooLateGivesNoLease) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, node.send(RecordKind::claim, 100s), 102s);
    EXPECT_TRUE(node.is_owner());
    EXPECT_FALSE(node.may_send(102s));
    node.read(1, node.send(RecordKind::delta, 102s), 102s + 10ms);
    EXPECT_TRUE(node.may_send(102s + 10ms));
}

TEST(Ownership, AHeartbeatThatIsNotReadBackRenewsNothing) {
    auto node = owner(100s);
    EXPECT_EQ(node.next(100s + 299ms, 1).action, Action::none);
    EXPECT_EQ(node.next(100s + 300ms, 1).action, Action::heartbeat);
    node.send(RecordKind::delta, 100s + 300ms);
    EXPECT_FALSE(node.may_send(100s + 1500ms));
}

TEST(Ownership, HeartbeatsDoNotPileUpWhileNothingIsReadBack) {
    auto node = owner(100s);
    auto now = BootTime(100s);
    std::size_t sent = 0;
    for (int i = 0; i < 100; ++i) {
        now += 300ms;
        if (node.next(now, 1).action != Action::heartbeat) continue;
        node.send(RecordKind::delta, now);
        ++sent;
    }
    EXPECT_EQ(sent, max_unread_records);
}

TEST(Ownership, EndsWhenAnothersClaimCounts) {
    auto node = owner(100s);
    EXPECT_EQ(node.read(1, claim(other, 2, 0), 100s + 1ms).change, Change::ended);
    EXPECT_FALSE(node.may_send(100s + 1ms));
}

TEST(Ownership, ClaimsFromASilentOwnerLaterThanItsLeaseEnds) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, claim(other, 1, no_offset), 101s);
    const auto step = node.next(101s, 0);
    EXPECT_EQ(step.action, Action::none);
    EXPECT_EQ(step.at, BootTime(101s + 2500ms));
    EXPECT_EQ(node.next(step.at, 0).action, Action::claim);
}

TEST(Ownership, ARecordThatDoesNotCountDoesNotDelayAClaim) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, claim(other, 1, no_offset), 101s);
    node.read(1, delta(3, 1), 103s);
    EXPECT_EQ(node.next(103500ms, 0).action, Action::claim);
}

TEST(Ownership, NodesThatOwnLessClaimSooner) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, claim(other, 1, no_offset), 101s);
    EXPECT_LT(node.next(101s, 0).at, node.next(101s, 1).at);
    EXPECT_LT(node.next(101s, 1).at, node.next(101s, 2).at);
    EXPECT_LE(node.next(101s, 1000).at, BootTime(101s + 3500ms));
}

TEST(Ownership, ClaimsAtOnceAfterARelease) {
    Ownership node(self);
    node.reached_end(100s);
    node.read(0, claim(other, 1, no_offset), 101s);
    node.read(1, release(other, 1), 102s);
    EXPECT_EQ(node.next(102s, 0).action, Action::claim);
}

TEST(Ownership, WaitsForItsClaimBeforeItSendsAnother) {
    Ownership node(self);
    node.reached_end(100s);
    node.send(RecordKind::claim, 100s);
    EXPECT_EQ(node.next(102s, 0).action, Action::none);
    EXPECT_EQ(node.next(102500ms, 0).action, Action::claim);
}

TEST(Ownership, SendsNoRequestWhileItReleases) {
    auto node = owner(100s);
    node.begin_release();
    EXPECT_FALSE(node.may_send(100s));
    EXPECT_EQ(node.read(1, node.send(RecordKind::release, 100s), 100s + 5ms).change, Change::ended);
}

TEST(Ownership, LeavesAReleasedStreamToTheOthersFirst) {
    auto node = owner(100s);
    node.begin_release();
    node.read(1, node.send(RecordKind::release, 100s), 100s + 5ms);
    EXPECT_EQ(node.next(101s, 0).action, Action::none);
    EXPECT_EQ(node.next(102505ms, 0).action, Action::claim);
}

TEST(Ownership, ClaimsNothingWhileItIsNotEligible) {
    Ownership node(self);
    node.reached_end(100s);
    node.set_eligible(false);
    EXPECT_EQ(node.next(200s, 0).action, Action::none);
}

TEST(Ownership, AnOldRecordThatIsReadAnewRenewsNothing) {
    auto node = owner(100s);
    const auto old = node.send(RecordKind::delta, 101s);
    node.read(1, old, 101s);
    node.read_anew();
    EXPECT_FALSE(node.may_send(101s));
    node.send(RecordKind::delta, 200s);
    node.read(1, first_part(self, 1), 200s);
    node.read(2, old, 200s);
    EXPECT_TRUE(node.is_owner());
    EXPECT_FALSE(node.may_send(200s));
}

TEST(Ownership, AnOwnershipThatIsReadAnewDoesNotBeginAgainButIsGivenBack) {
    Ownership node(self);
    node.reached_end(100s);
    const auto claimed = node.send(RecordKind::claim, 100s);
    node.read(0, claimed, 100s);
    const auto written = node.send(RecordKind::delta, 100s + 10ms);
    node.read_anew();
    EXPECT_EQ(node.read(0, claimed, 101s).change, Change::none);
    EXPECT_EQ(node.read(1, written, 101s).change, Change::none);
    EXPECT_FALSE(node.may_send(101s));
    EXPECT_EQ(node.next(101s, 0).action, Action::none);
    node.reached_end(101s);
    EXPECT_EQ(node.next(101s, 0).action, Action::release);
    node.begin_release();
    EXPECT_EQ(node.read(2, node.send(RecordKind::release, 101s), 101s).change, Change::none);
    EXPECT_EQ(node.next(104s, 0).action, Action::claim);
    EXPECT_EQ(node.read(3, node.send(RecordKind::claim, 104s), 104s).change, Change::began);
    EXPECT_TRUE(node.may_send(104s));
}

TEST(Ownership, AClaimThatIsReadAnewEndsNothingThatBeganLater) {
    auto node = owner(100s);
    node.read(1, claim(other, 2, 0), 100s);
    node.read_anew();
    node.read(0, claim(self, 1, no_offset), 101s);
    EXPECT_EQ(node.read(1, claim(other, 2, 0), 101s).change, Change::none);
}

TEST(Ownership, AReleaseThatIsLostIsSentAgain) {
    auto node = owner(100s);
    node.begin_release();
    node.send(RecordKind::release, 100s);
    EXPECT_EQ(node.next(102s, 0).action, Action::none);
    EXPECT_EQ(node.next(102500ms, 0).action, Action::release);
}

}  // namespace
}  // namespace pintle::journal::kafka
