#include "import/progress.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::importer {
namespace {

Progress progress() {
    return {Fingerprint::of("first\nsecond\n"), 5, 6, 1, {11, 12, 13, 14}, {15, 16, 17, 18}, 2, "rejected", 30, 40};
}

TEST(Progress, IsReadAsItWasWritten) {
    const auto read = Progress::read(progress().write());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->write(), progress().write());
    EXPECT_EQ(read->file, progress().file);
    EXPECT_EQ(read->started, 5U);
    EXPECT_EQ(read->events.accepted, 11U);
    EXPECT_EQ(read->events.duplicates, 12U);
    EXPECT_EQ(read->events.dropped, 13U);
    EXPECT_EQ(read->events.dead_letters, 14U);
    EXPECT_EQ(read->times.old, 15U);
    EXPECT_EQ(read->times.future, 16U);
    EXPECT_EQ(read->times.missing, 17U);
    EXPECT_EQ(read->times.unreadable, 18U);
    EXPECT_EQ(read->rejects, "rejected");
    EXPECT_EQ(read->rejects_to, 40);
}

TEST(Progress, WhatIsNoneIsNotRead) {
    for (const char* text : {"", "{", "{}", "[]", R"({"offset":-1})", R"({"offset":"7"})"}) {
        EXPECT_FALSE(Progress::read(text)) << text;
    }
    const auto whole = progress().write();
    for (const char* number : {"6e30", "6.5", "18446744073709551616", "-6"}) {
        auto text = whole;
        text.replace(text.find(":6,"), 3, ":" + std::string(number) + ",");
        EXPECT_FALSE(Progress::read(text)) << text;
    }
    for (std::size_t size = 0; size + 2 < whole.size(); ++size) EXPECT_FALSE(Progress::read(whole.substr(0, size)));
}

TEST(Progress, KnowsItsFileThatHasGrown) {
    EXPECT_TRUE(progress().is_of("first\nsecond\n", 13));
    EXPECT_TRUE(progress().is_of("first\nsecond\n", 1'000'000));
}

TEST(Progress, KnowsAnotherFileFromItsOwn) {
    EXPECT_FALSE(progress().is_of("First\nsecond\n", 13));
    EXPECT_FALSE(progress().is_of("first\n", 6));
    EXPECT_FALSE(progress().is_of("first\nsecond\n", 5)) << "cut off before what was sent";
}

TEST(Progress, AFingerprintIsThatOfTheFirst64KiB) {
    const std::string start(Fingerprint::longest, 'x');
    EXPECT_EQ(Fingerprint::of(start), Fingerprint::of(start + "more"));
    EXPECT_EQ(Fingerprint::of("").bytes, 0);
}

}  // namespace
}  // namespace pintle::cli::importer
