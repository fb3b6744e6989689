#include "sse_reader.hpp"

#include <gmock/gmock.h>

namespace pintle::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SseReader, ReadsEventsAndPassesOverTheRest) {
    SseReader reader;
    EXPECT_THAT(reader.read(": hello\n\nevent: event\nid: 7\ndata: {\"a\":1}\n\nretry: 5\n\ndata:x\n\n"),
                ElementsAre(ServerSent{"event", "{\"a\":1}"}, ServerSent{"message", "x"}));
}

TEST(SseReader, AnEventIsThereOnceItsBlankLineIs) {
    SseReader reader;
    EXPECT_THAT(reader.read("event: event\ndata: x"), IsEmpty());
    EXPECT_THAT(reader.read("\n"), IsEmpty());
    EXPECT_THAT(reader.read("\n"), ElementsAre(ServerSent{"event", "x"}));
}

TEST(SseReader, PutsLinesOfDataTogether) {
    SseReader reader;
    EXPECT_THAT(reader.read("data: a\ndata:\ndata:  b\n\n"), ElementsAre(ServerSent{"message", "a\n\n b"}));
    EXPECT_THAT(reader.read("data\n\n"), ElementsAre(ServerSent{"message", ""}));
}

TEST(SseReader, AnEventWithoutDataIsNone) {
    SseReader reader;
    EXPECT_THAT(reader.read("event: event\n\ndata: x\n\n"), ElementsAre(ServerSent{"message", "x"}));
}

TEST(SseReader, KnowsEveryKindOfLineEnd) {
    for (const char* text : {"event: e\ndata: x\n\n", "event: e\r\ndata: x\r\n\r\n", "event: e\rdata: x\r\r"}) {
        EXPECT_THAT(SseReader().read(text), ElementsAre(ServerSent{"e", "x"})) << text;
    }
}

TEST(SseReader, ReadsTheSameWhereverItIsCut) {
    const std::string text =
        ": hello\r\n\r\nevent: event\r\ndata: {\"a\":\"\xc3\xa9\"}\r\n\r\nevent: skipped\ndata: 1\ndata: 2\n\n";
    const auto whole = SseReader().read(text);
    ASSERT_EQ(whole.size(), 2);
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            SseReader reader;
            std::vector<ServerSent> all;
            for (const auto piece :
                 {std::string_view(text).substr(0, first), std::string_view(text).substr(first, second - first),
                  std::string_view(text).substr(second)}) {
                for (auto& event : reader.read(piece)) all.push_back(std::move(event));
            }
            ASSERT_EQ(all, whole) << first << ' ' << second;
        }
    }
}

}  // namespace
}  // namespace pintle::cli
