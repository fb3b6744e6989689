#include <optional>
#include <string>

#include "mapping_testing.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

std::optional<std::int64_t> milliseconds(std::string_view json) {
    json::Event event;
    EXPECT_TRUE(event.parse("{\"t\":" + std::string(json) + "}")) << json;
    const auto time = read_time(event["t"]);
    if (!time) return std::nullopt;
    return time->count();
}

struct Readable {
    std::string json;
    std::int64_t milliseconds;
};

class ReadableTime : public testing::TestWithParam<Readable> {};

TEST_P(ReadableTime, IsRead) {
    EXPECT_EQ(milliseconds(GetParam().json), GetParam().milliseconds) << GetParam().json;
}

INSTANTIATE_TEST_SUITE_P(Iso8601, ReadableTime,
                         testing::Values(Readable{R"("2014-05-21")", 1400630400000},
                                         Readable{R"("2020-02-02T00:23:09.544Z")", 1580602989544},
                                         Readable{R"("2020-02-02 00:23:09.544Z")", 1580602989544},
                                         Readable{R"("2020-01-01T00:00:00")", 1577836800000},
                                         Readable{R"("2020-01-01T00:00")", 1577836800000},
                                         Readable{R"("2019-10-14T09:03:17.562+05:30")", 1571023997562},
                                         Readable{R"("2019-10-14T09:03:17.562+0530")", 1571023997562},
                                         Readable{R"("2019-10-14T09:03:17-05")", 1571061797000},
                                         Readable{R"("2020-01-01T00:00:00.9999999999999999999Z")", 1577836800999},
                                         Readable{R"("2020-01-01T00:00:00.5")", 1577836800500},
                                         Readable{R"("2020-02-29")", 1582934400000},
                                         Readable{R"("1969-12-31T23:59:59.5Z")", -500},
                                         Readable{R"("2020-01-01T24:00:00Z")", 1577923200000},
                                         Readable{R"("2020\u002d01-01")", 1577836800000}));
INSTANTIATE_TEST_SUITE_P(
    Numbers, ReadableTime,
    testing::Values(Readable{"1571051718299", 1571051718299}, Readable{"1571051718", 1571051718000},
                    Readable{R"("1571051718")", 1571051718000}, Readable{R"("1571051718299")", 1571051718299},
                    Readable{"1571051718.2999999999999999999", 1571051718299}, Readable{"1571051718.5", 1571051718500},
                    Readable{"1571051718299.9", 1571051718299}, Readable{"1.571051718e9", 1571051718000},
                    Readable{"1.5E9", 1500000000000}, Readable{"99999999999", 99999999999000},
                    Readable{"100000000000", 100000000000}, Readable{"-1571051718", -1571051718000},
                    Readable{"-1571051718299.1", -1571051718300}, Readable{"123456789", 123456789000},
                    Readable{R"("-1571051718.0001")", -1571051718001}, Readable{"157105171800e-2", 1571051718000},
                    Readable{"1571051718299000000", 1571051718299000000}));

// As many rounds as it has digits would be a minute of a sender's making.
INSTANTIATE_TEST_SUITE_P(ZerosWithoutEnd, ReadableTime, testing::Values(Readable{"0e2147483000", 0}));

class UnreadableTime : public testing::TestWithParam<std::string> {};

TEST_P(UnreadableTime, IsNoTime) {
    EXPECT_EQ(milliseconds(GetParam()), std::nullopt) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Calendar, UnreadableTime,
                         testing::Values(R"("2021-02-29")", R"("2020-13-01")", R"("2020-00-01")", R"("2020-01-00")",
                                         R"("2020-04-31")", R"("2020-01-01T25:00:00")", R"("2020-01-01T00:60:00")",
                                         R"("2020-01-01T00:00:60")", R"("2020-01-01T24:00:01")",
                                         R"("2020-01-01T00:00:00+24:00")", R"("2020-01-01T00:00:00+00:60")"));
INSTANTIATE_TEST_SUITE_P(Forms, UnreadableTime,
                         testing::Values(R"("")", R"("not a date")", R"(" 2020-01-01")", R"("2020-01-01 ")",
                                         R"("2020-1-1")", R"("20-01-01")", R"("2020-01-01T")", R"("2020-01-01T00")",
                                         R"("2020-01-01T00:00:")", R"("2020-01-01T00:00:00.")",
                                         R"("2020-01-01T00:00:00ZZ")", R"("2020-01-01T00:00:00+")",
                                         R"("2020-01-01T00:00:00+05:")", R"("2020-01-01T00:00:00+5")",
                                         R"("2020-01-01X00:00:00")", R"("2020-01-01T00:00:00.5.5")", R"("2020/01/01")",
                                         R"("+2020-01-01")"));
INSTANTIATE_TEST_SUITE_P(Numbers, UnreadableTime,
                         testing::Values("0", "12345678", R"("12345678")", "99999999.9", "1e400", "1e-400",
                                         R"("1571051718 ")", R"("0x5DA43BC6")", R"("1.5e9")", R"("1571051718.")",
                                         R"("-")", "1e30", "-1e30", "99999999999999999999999"));
INSTANTIATE_TEST_SUITE_P(OtherKinds, UnreadableTime, testing::Values("null", "true", "[]", "{}", "[1571051718]"));

TEST(EventTime, AnUnreadableTimestampFallsBackToTheOriginalOne) {
    EXPECT_EQ(body_text(R"({"type":"track","event":"E","userId":"u","timestamp":"bad","originalTimestamp":1571051718})",
                        without_dedupe_id()),
              R"({"name":"E","type":"event","timestamp":1571051718})");
}

TEST(EventTime, IsRoundedDownToSecondsBeforeTheEpochToo) {
    EXPECT_EQ(body_text(R"({"type":"track","event":"E","userId":"u","timestamp":"1969-12-31T23:59:59.5Z"})",
                        without_dedupe_id()),
              R"({"name":"E","type":"event","timestamp":-1})");
}

}  // namespace
}  // namespace pintle::customerio
