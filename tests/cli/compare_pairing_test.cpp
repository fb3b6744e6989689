#include "compare/pairing.hpp"

#include <gmock/gmock.h>

#include "compare_requests.hpp"

namespace pintle::cli::compare {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ComparePairing : public testing::Test {
protected:
    void add(Side side, const std::string& line) {
        auto& number = side == Side::a ? lines_a_ : lines_b_;
        ++number;
        for (auto& operation : RequestReader().read(line).operations)
            pairer_.add(side, {std::move(operation), number, 1});
    }
    void a(const std::string& line) { add(Side::a, line); }
    void b(const std::string& line) { add(Side::b, line); }

    using Lines = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
    static Lines lines(const Pairing& pairing) {
        Lines lines;
        for (const auto& [left, right] : pairing.different) lines.emplace_back(left.line, right.line);
        std::ranges::sort(lines);
        return lines;
    }

    Pairer pairer_;
    std::uint64_t lines_a_ = 0;
    std::uint64_t lines_b_ = 0;
};

std::string order(const std::string& person, const std::string& more) {
    return event(person, R"({"name":"Order","type":"event")" + more + "}");
}

TEST_F(ComparePairing, EqualOperationsInAnyOrder) {
    for (const char* const person : {"u", "v", "u"}) a(identify(person, R"({"x":1})"));
    for (const char* const person : {"u", "u", "v"}) b(identify(person, R"({"x":1.0})"));
    const auto pairing = pairer_.finish();
    EXPECT_EQ(pairing.equal, 3U);
    EXPECT_THAT(pairing.different, IsEmpty());
    EXPECT_THAT(pairing.only_in_a, IsEmpty());
    EXPECT_THAT(pairing.only_in_b, IsEmpty());
}

TEST_F(ComparePairing, MoreCopiesInOneRecordingAreLeft) {
    for (int i = 0; i < 3; ++i) a(identify("u", R"({"x":1})"));
    b(identify("u", R"({"x":1})"));
    const auto pairing = pairer_.finish();
    EXPECT_EQ(pairing.equal, 1U);
    EXPECT_THAT(pairing.only_in_a, SizeIs(2));
}

TEST_F(ComparePairing, ManyCopiesAreCountedInOneEntry) {
    for (int i = 0; i < 5'000; ++i) b(identify("u", R"({"x":1})"));
    a(identify("u", R"({"x":2})"));
    const auto pairing = pairer_.finish();
    ASSERT_THAT(pairing.only_in_b, SizeIs(1));
    EXPECT_EQ(pairing.only_in_b[0].count, 5'000U);
    EXPECT_THAT(pairing.only_in_a, SizeIs(1));
}

TEST_F(ComparePairing, ARepeatedDeliveryOfAnEventCountsOnce) {
    a(order("u", R"(,"id":"I")"));
    for (int i = 0; i < 3; ++i) b(order("u", R"(,"id":"I")"));
    const auto pairing = pairer_.finish();
    EXPECT_EQ(pairing.equal, 1U);
    EXPECT_EQ(pairing.repeated_b, 2U);
    EXPECT_THAT(pairing.only_in_b, IsEmpty());
}

TEST_F(ComparePairing, EventsByTheirIds) {
    a(order("u", R"(,"id":"I","timestamp":1,"data":{"n":1})"));
    a(order("u", R"(,"id":"J","timestamp":2,"data":{"n":2})"));
    b(order("u", R"(,"id":"J","timestamp":1,"data":{"n":1})"));
    b(order("u", R"(,"id":"I","timestamp":2,"data":{"n":2})"));
    EXPECT_EQ(lines(pairer_.finish()), (Lines{{1, 2}, {2, 1}}));
}

TEST_F(ComparePairing, EventsByNameAndTimeWhateverTheOrder) {
    a(order("u", R"(,"timestamp":1,"data":{"n":1})"));
    a(order("u", R"(,"timestamp":2,"data":{"n":1})"));
    b(order("u", R"(,"timestamp":2,"data":{"n":2})"));
    b(order("u", R"(,"timestamp":1,"data":{"n":2})"));
    EXPECT_EQ(lines(pairer_.finish()), (Lines{{1, 2}, {2, 1}}));
}

TEST_F(ComparePairing, WhatDiffersLeastIsPaired) {
    a(identify("u", R"({"x":1,"y":1,"z":1})"));
    a(identify("u", R"({"x":2,"y":2,"z":2})"));
    b(identify("u", R"({"x":2,"y":2,"z":3})"));
    b(identify("u", R"({"x":1,"y":1,"z":3})"));
    EXPECT_EQ(lines(pairer_.finish()), (Lines{{1, 2}, {2, 1}}));
}

TEST_F(ComparePairing, WhatACorrectionExplainsIsPairedFirst) {
    a(order("u", R"(,"timestamp":1571051)"));
    a(order("u", R"(,"timestamp":1571052)"));
    b(order("u", R"(,"timestamp":1571052000)"));
    b(order("u", R"(,"timestamp":1571051000)"));
    EXPECT_EQ(lines(pairer_.finish()), (Lines{{1, 2}, {2, 1}}));
}

TEST_F(ComparePairing, APageWithoutANameByItsTime) {
    a(event("u", R"({"type":"page","timestamp":1})"));
    b(event("u", R"({"type":"page","timestamp":1,"name":"/"})"));
    EXPECT_EQ(lines(pairer_.finish()), (Lines{{1, 1}}));
}

TEST_F(ComparePairing, NotOtherPeopleActionsOrNames) {
    a(order("u", R"(,"timestamp":1)"));
    b(order("v", R"(,"timestamp":1)"));
    b(event("u", R"({"name":"Other","type":"event","timestamp":1})"));
    b(event("u", R"({"name":"Order","type":"page","timestamp":1})"));
    const auto pairing = pairer_.finish();
    EXPECT_THAT(pairing.different, IsEmpty());
    EXPECT_THAT(pairing.only_in_a, SizeIs(1));
    EXPECT_THAT(pairing.only_in_b, SizeIs(3));
}

TEST_F(ComparePairing, ManyOfOneNameInBlocks) {
    for (int i = 0; i < 200; ++i) a(identify("u", R"({"n":)" + std::to_string(i) + "}"));
    for (int i = 0; i < 150; ++i) b(identify("u", R"({"m":)" + std::to_string(i) + "}"));
    const auto pairing = pairer_.finish();
    EXPECT_THAT(pairing.different, SizeIs(150));
    EXPECT_THAT(pairing.only_in_a, SizeIs(50));
}

class CompareAcrossPeople : public ComparePairing {
protected:
    Pairing across() {
        auto pairing = pairer_.finish();
        return pair_across_people(std::move(pairing.only_in_a), std::move(pairing.only_in_b));
    }
};

TEST_F(CompareAcrossPeople, TheSameOperationOfAnotherPerson) {
    a(recorded("POST", "/api/v1/events", R"({"name":"Order","anonymous_id":"a","timestamp":1,"data":{"n":1}})"));
    b(order("0", R"(,"timestamp":1,"data":{"n":1},"id":"I")"));
    EXPECT_EQ(lines(across()), (Lines{{1, 1}}));
}

TEST_F(CompareAcrossPeople, NotWhatDiffersOrHasNoTime) {
    a(order("u", R"(,"timestamp":1,"data":{"n":1})"));
    b(order("v", R"(,"timestamp":1,"data":{"n":2})"));
    a(recorded("POST", "/api/v1/customers/u/suppress", "null"));
    b(recorded("POST", "/api/v1/customers/v/suppress", "null"));
    const auto pairing = across();
    EXPECT_THAT(pairing.different, IsEmpty());
    EXPECT_THAT(pairing.only_in_a, SizeIs(2));
    EXPECT_THAT(pairing.only_in_b, SizeIs(2));
}

}  // namespace
}  // namespace pintle::cli::compare
