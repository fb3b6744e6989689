#include <array>
#include <csignal>
#include <cstdint>
#include <map>
#include <random>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "fixture.hpp"

namespace pintle::journal {
namespace {

struct Life {
    std::set<std::uint32_t> acknowledged;
    std::set<std::uint32_t> acked;  // perhaps
};

// Runs the process and kills it once it has acknowledged `enough` records.
Life live_and_die(const JournalOptions& options, std::uint32_t first, std::size_t enough) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
    const auto child = start_appender(options.directory, pipe[1], first);
    ::close(pipe[1]);
    Life life;
    Report report;
    while (::read(pipe[0], &report, sizeof(report)) == sizeof(report)) {
        auto& set = report.what == Report::What::acknowledged ? life.acknowledged : life.acked;
        set.insert(report.number);
        if (life.acknowledged.size() == enough) kill(child, SIGKILL);
    }
    ::close(pipe[0]);
    waitpid(child, nullptr, 0);
    return life;
}

TEST(Kill, LosesNothingConfirmedAndReusesNoOffset) {
    const ScratchDirectory scratch;
    JournalOptions options;
    options.directory = scratch.path("data");
    std::mt19937 random(7);
    std::map<Offset, std::string> known;
    Life all_lives;
    for (std::uint32_t round = 0; round < 8; ++round) {
        auto life = live_and_die(options, round * 10'000'000, 1 + random() % 3000);
        ASSERT_FALSE(life.acknowledged.empty());
        all_lives.acknowledged.merge(life.acknowledged);
        all_lives.acked.merge(life.acked);

        const auto journal = open_journal(options);
        const auto stream = journal->create_or_open_stream("customerio");
        const auto records = journal->read(stream, 0, SIZE_MAX, SIZE_MAX);
        ASSERT_EQ(records.size(), journal->pending(stream));
        std::set<std::string> present;
        for (const auto& [offset, bytes] : records) {
            present.insert(bytes);
            ASSERT_EQ(known.emplace(offset, bytes).first->second, bytes) << "offset " << offset;
        }
        for (const auto number : all_lives.acknowledged) {
            ASSERT_TRUE(present.contains(std::to_string(number)) || all_lives.acked.contains(number)) << number;
        }
    }
}

}  // namespace
}  // namespace pintle::journal
