// A journal whose files are flipped, cut or removed at one place: it refuses clearly and can be repaired, or is as it
// was, or counts exactly what it has lost. PINTLE_TEST_DAMAGES sets how many places are tried (50), PINTLE_TEST_SEED
// which.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include <rocksdb/env.h>
#include <spdlog/spdlog.h>

#include "damaged_journal.hpp"
#include "fixture.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/errors.hpp"
#include "pintle/journal/repair.hpp"
#include "rocksdb/high_watermark.hpp"
#include "rocksdb/read_failures.hpp"
#include "settings.hpp"

namespace pintle::journal {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Tally {
    int whole = 0;
    int lost = 0;
    int repaired = 0;
    int repaired_with_loss = 0;
    std::uint64_t events_lost = 0;
};

TEST(Damage, IsNeverSilent) {
    const auto damages = test_setting("PINTLE_TEST_DAMAGES", 50);
    const auto seed = static_cast<std::uint32_t>(test_setting("PINTLE_TEST_SEED", 13));
    std::cout << "seed " << seed << ", " << damages << " damages\n";
    const ScratchDirectory scratch;
    spdlog::set_level(spdlog::level::off);
    const auto acknowledged = make_journal(scratch.path("original"), seed);
    std::mt19937 random(seed);
    std::map<std::string, Tally> tallies;
    const auto only = test_setting("PINTLE_TEST_DAMAGE", UINT64_MAX);
    for (std::uint64_t i = 0; i < damages; ++i) {
        const auto directory = scratch.path("copy");
        const auto damage = some_damage(scratch.path("original"), random);
        if (only != UINT64_MAX && i != only) continue;
        std::filesystem::copy(scratch.path("original"), directory);
        apply_damage(damage, directory);
        if (only == i) spdlog::set_level(spdlog::level::info);
        const auto outcome = open_damaged(directory, acknowledged);
        EXPECT_EQ(outcome.wrong, "") << "damage " << i << ": " << damage.text() << "\nrefusal: " << outcome.refusal;
        auto& tally = tallies[damage.kind()];
        if (outcome.refusal.empty()) {
            ++(outcome.missing == 0 ? tally.whole : tally.lost);
        } else {
            EXPECT_THAT(outcome.refusal, HasSubstr("pintle journal repair")) << damage.text();
            ++(outcome.missing == 0 ? tally.repaired : tally.repaired_with_loss);
        }
        tally.events_lost += outcome.missing;
        for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
            if (entry.path().filename() != "original") std::filesystem::remove_all(entry.path());
        }
    }
    spdlog::set_level(spdlog::level::info);
    std::cout << "file: whole, loss counted, refused and repaired whole, with a counted loss; events lost\n";
    for (const auto& [kind, tally] : tallies) {
        std::cout << kind << ": " << tally.whole << ", " << tally.lost << ", " << tally.repaired << ", "
                  << tally.repaired_with_loss << "; " << tally.events_lost << "\n";
    }
}

class DamagedTest : public JournalTest {
protected:
    // The message with which it refuses; empty where it opens.
    std::string refusal() {
        journal_.reset();
        try {
            reopen();
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return {};
    }
    // The latest of that kind.
    std::string file(std::string_view suffix) const {
        std::string latest;
        for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
            if (entry.path().string().ends_with(suffix)) latest = std::max(latest, entry.path().string());
        }
        if (latest.empty()) throw std::runtime_error("there is no file *" + std::string(suffix));
        return latest;
    }
    // That is not compressed away.
    std::string random_text(std::size_t size) {
        std::string text;
        while (text.size() < size) text += static_cast<char>('!' + random_() % 90);
        return text;
    }
    // A new journal with so many records of this size, all in one table.
    void make_table(std::size_t size, std::size_t count) {
        journal_.reset();
        options_.directory = scratch_.path("size-" + std::to_string(size));
        reopen();
        std::vector<std::string> records(count);
        for (auto& record : records) record = random_text(size);
        ASSERT_FALSE(append(*journal_, stream_, records));
        reopen();  // writes the table
        journal_.reset();
    }
    // Of the journal in `directory`, closed.
    std::string copy_of(const std::string& directory) {
        journal_.reset();
        std::filesystem::copy(directory, directory + "-copy");
        return directory + "-copy";
    }
    std::string largest(std::string_view suffix) const {
        std::string found;
        std::uintmax_t size = 0;
        for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
            if (!entry.path().string().ends_with(suffix) || entry.file_size() <= size) continue;
            found = entry.path().string();
            size = entry.file_size();
        }
        return found;
    }
    static void flip(const std::string& path, std::uint64_t at) {
        const std::filesystem::path file(path);
        apply_damage({Damage::What::flip, file.filename().string(), at}, file.parent_path().string());
    }
    // With a journal that gives damaged records up at once.
    void reopen_hurriedly(const std::string& directory) {
        options_.directory = directory;
        journal_.reset();
        journal_ = open_journal(options_, rocksdb::Env::Default(), hurried_tuning());
        stream_ = journal_->create_or_open_stream("customerio");
    }
    void remove(const std::string& path) {
        journal_.reset();
        ASSERT_TRUE(std::filesystem::remove(path));
    }

    std::mt19937 random_{7};
};

TEST_F(DamagedTest, AJournalWithoutItsCurrentFileIsNotReplacedByANewOne) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    remove(options_.directory + "/CURRENT");
    EXPECT_THAT(refusal(), HasSubstr("CURRENT is missing"));
    EXPECT_THAT(refusal(), HasSubstr("pintle journal repair")) << "nor the second time";
    repair_journal(options_.directory);
    reopen();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a"));
}

TEST_F(DamagedTest, NoJournalIsCreatedAmongFilesThatAreNotAJournals) {
    journal_.reset();
    options_.directory = scratch_.path("other");
    std::filesystem::create_directory(options_.directory);
    std::ofstream(options_.directory + "/notes.txt") << "mine";
    EXPECT_THAT(refusal(), HasSubstr("notes.txt"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(options_.directory), {}), 1);
}

TEST_F(DamagedTest, ADirectoryIsMadeForItsOwnerAlone) {
    const auto mode = std::filesystem::status(options_.directory).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_all);
}

TEST_F(DamagedTest, AMissingWriteAheadLogIsACountedLoss) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c", "d"}));
    journal_->ack(stream_, 2);
    DeadLetter letter;
    letter.event = "c";
    journal_->dead_letter(stream_, 3, letter);
    WriteBatch dead;
    dead.dead_letters.push_back({stream_, DeadLetter{}, {}});
    ASSERT_FALSE(append(*journal_, dead));
    ASSERT_TRUE(eventually([&] { return journal_->unwritten_acks(stream_) == 0; }));
    remove(file(".log"));
    ASSERT_EQ(refusal(), "");
    const auto ledger = journal_->ledger(stream_);
    EXPECT_EQ(ledger.lost, 4U) << "two records and two dead letters";
    EXPECT_EQ(ledger.delivered, 1U);
    EXPECT_EQ(ledger.accepted, 5U);
    EXPECT_EQ(ledger.backlog, 0U);
    EXPECT_EQ(ledger.dead_lettered, 0U);
    EXPECT_EQ(journal_->last(stream_), 4U) << "no offset is given twice";
    ASSERT_EQ(refusal(), "");
    EXPECT_EQ(journal_->ledger(stream_).lost, 4U) << "and it is counted once";
}

TEST_F(DamagedTest, CommitsBehindADamagedOneAreKept) {
    for (const auto* text : {"a", "b", "c"}) ASSERT_FALSE(append(*journal_, stream_, {std::string(1000, text[0])}));
    journal_.reset();
    const auto path = file(".log");
    std::string bytes;
    {
        std::ifstream stream(path, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    // RocksDB itself drops the rest of the block, so that of two blocks one is left.
    bytes[bytes.find(std::string(1000, 'b')) + 500] = 'x';
    std::ofstream(path, std::ios::binary) << bytes;
    const auto inspection = check_journal(options_.directory);
    EXPECT_THAT(inspection.damages, Contains(HasSubstr(std::filesystem::path(path).filename().string() + ": bytes ")));
    repair_journal(options_.directory);
    reopen();
    EXPECT_THAT(offsets(journal_->read(stream_, 0, 10, SIZE_MAX)), ElementsAre(1, 3));
    EXPECT_EQ(journal_->ledger(stream_).lost, 1U);
}

// Of a table of which some blocks are damaged.
TEST_F(DamagedTest, ARepairKeepsAllThatTheDaemonWouldDeliver) {
    constexpr std::size_t count = 600;
    for (const std::size_t size : {300U, 1000U, 1500U, 3000U}) {
        SCOPED_TRACE(size);
        make_table(size, count);
        const auto table = largest(".sst");
        const auto bytes = std::filesystem::file_size(table);
        for (const auto place : {bytes / 8, bytes / 2, bytes * 3 / 4}) flip(table, place);
        const auto copy = scratch_.path("copy-" + std::to_string(size));
        std::filesystem::copy(options_.directory, copy);
        const auto found = check_journal(copy);
        const auto inspection = repair_journal(copy);

        reopen_hurriedly(options_.directory);
        const auto served = read_all(*journal_, stream_);
        EXPECT_GT(served.size(), count / 2);
        EXPECT_LT(served.size(), count);
        reopen_hurriedly(copy);
        EXPECT_EQ(offsets(read_all(*journal_, stream_)), offsets(served));
        EXPECT_EQ(journal_->ledger(stream_).lost, count - served.size());
        ASSERT_THAT(inspection.streams, SizeIs(1));
        EXPECT_EQ(inspection.streams[0].missing, count - served.size());
        EXPECT_EQ(inspection.lost, count - served.size());
        EXPECT_EQ(found.lost, count - served.size()) << "a check counts the same";
        ASSERT_THAT(found.streams, SizeIs(1));
        EXPECT_EQ(found.streams[0].ledger.backlog, served.size());
        EXPECT_EQ(repair_journal(copy_of(copy)).lost, 0U) << "it was counted before";
    }
}

// Of two streams, as their records are in one table.
TEST_F(DamagedTest, ARepairKeepsTheStreamBehindADamagedBlockOfAnother) {
    const auto other = journal_->create_or_open_stream("other");
    for (int i = 0; i < 4; ++i) ASSERT_FALSE(append(*journal_, stream_, {random_text(1500)}));
    for (int i = 0; i < 100; ++i) ASSERT_FALSE(append(*journal_, other, {random_text(1500)}));
    reopen();
    journal_.reset();
    flip(largest(".sst"), 1000);
    const auto inspection = repair_journal(options_.directory);
    ASSERT_THAT(inspection.streams, SizeIs(2));
    EXPECT_EQ(inspection.streams[0].ledger.backlog, 0U);
    EXPECT_GT(inspection.streams[1].ledger.backlog, 80U);
}

TEST_F(DamagedTest, AJournalThatIsOnlyReadGivesAllThatCanBeRead) {
    constexpr std::size_t count = 600;
    make_table(1500, count);
    flip(largest(".sst"), 300'000);
    options_.read_only = true;
    journal_ = open_journal(options_);
    stream_ = journal_->find_stream("customerio").value();
    const auto read = journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX);
    EXPECT_LT(read.size(), count);
    EXPECT_GT(read.size(), count - 20);
    EXPECT_EQ(journal_->ledger(stream_).lost, count - read.size());
}

TEST_F(DamagedTest, UnreadableDeadLettersAreCounted) {
    WriteBatch append;
    for (int i = 0; i < 200; ++i) append.dead_letters.emplace_back(stream_).letter.event = random_text(1500);
    ASSERT_FALSE(journal::append(*journal_, append));
    reopen();
    journal_.reset();
    flip(largest(".sst"), 100'000);
    const auto found = check_journal(options_.directory);
    EXPECT_GT(found.lost, 0U);
    EXPECT_LT(found.lost, 20U);
    ASSERT_THAT(found.streams, SizeIs(1));
    EXPECT_EQ(found.streams[0].ledger.retained, 200 - found.lost);
    auto read_only = options_;
    read_only.read_only = true;
    journal_ = open_journal(read_only);
    for (int i = 0; i < 2; ++i) EXPECT_THAT(journal_->dead_letters(stream_, 0, SIZE_MAX), SizeIs(200 - found.lost));
    EXPECT_EQ(journal_->ledger(stream_).lost, found.lost);
    journal_.reset();
    EXPECT_EQ(repair_journal(options_.directory).lost, found.lost);
}

TEST_F(DamagedTest, ACheckOfAJournalThatDoesNotOpenSaysWhyOnce) {
    journal_.reset();
    std::ofstream(options_.directory + "/CURRENT", std::ios::trunc).close();
    const auto found = check_journal(options_.directory);
    EXPECT_THAT(found.damages, ElementsAre(testing::Not(HasSubstr("pintle journal"))));
    EXPECT_EQ(found.format, 0U);
}

TEST_F(DamagedTest, ADirectoryThatIsAFileIsSaidToBeOne) {
    journal_.reset();
    options_.directory = scratch_.path("file");
    std::ofstream(options_.directory) << "mine";
    EXPECT_THAT(refusal(), HasSubstr("is a file, not a directory"));
    EXPECT_THROW(check_journal(options_.directory), NoJournal);
    EXPECT_THROW(check_journal(scratch_.path("nothing")), NoJournal);
}

TEST_F(DamagedTest, ADamagedLogIsDamageAlsoIfItCostsNoEvent) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    WriteBatch ids;
    MessageHash hash{};
    hash.fill('b');
    ids.message_ids.emplace_back(hash, wall_now());
    ASSERT_FALSE(append(*journal_, ids));
    ASSERT_FALSE(append(*journal_, stream_, {"c"}));
    journal_.reset();
    const auto path = file(".log");
    std::string bytes;
    {
        std::ifstream stream(path, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    flip(path, bytes.find(std::string(hash.size(), 'b')));
    EXPECT_THAT(check_journal(options_.directory).damages,
                Contains(HasSubstr(std::filesystem::path(path).filename().string() + ": bytes ")));
}

TEST_F(DamagedTest, ACheckOfAnIntactJournalFindsNothing) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    EXPECT_THROW(check_journal(options_.directory), std::runtime_error) << "it is in use";
    journal_.reset();
    const auto inspection = check_journal(options_.directory);
    EXPECT_THAT(inspection.damages, IsEmpty());
    ASSERT_THAT(inspection.streams, SizeIs(1));
    EXPECT_EQ(inspection.streams[0].ledger.backlog, 2U);
    EXPECT_EQ(inspection.streams[0].missing, 0U);
}

TEST_F(DamagedTest, ARepairKeepsTheOldDirectoryBesideTheNewOne) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    EXPECT_THROW(repair_journal(options_.directory), std::runtime_error) << "it is in use";
    journal_.reset();
    const auto backup = repair_journal(options_.directory).backup;
    EXPECT_EQ(backup, options_.directory + ".damaged");
    EXPECT_TRUE(std::filesystem::exists(backup + "/CURRENT"));
    EXPECT_EQ(repair_journal(options_.directory).backup, options_.directory + ".damaged-2");
}

TEST_F(DamagedTest, NothingIsAcknowledgedOnceTheDirectoryIsGone) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    std::filesystem::remove_all(options_.directory);
    EXPECT_NE(journal_->usage().error, "");
    EXPECT_EQ(append(*journal_, stream_, {"b"}), boost::system::errc::io_error);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_EQ(append(*journal_, stream_, {"c"}), boost::system::errc::io_error);
}

TEST_F(DamagedTest, NothingIsAcknowledgedOnceTheWriteAheadLogIsGone) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    std::filesystem::remove(file(".log"));
    EXPECT_EQ(append(*journal_, stream_, {"b"}), boost::system::errc::io_error);
    ASSERT_TRUE(eventually([&] { return journal_->has_room(); }));
    ASSERT_FALSE(append(*journal_, stream_, {"c"}));
    EXPECT_EQ(all(*journal_, stream_).back(), "c");
    const auto ledger = journal_->ledger(stream_);
    EXPECT_EQ(ledger.lost + ledger.backlog, ledger.accepted);
}

TEST(HighWatermark, IsReadBackAsItWasWritten) {
    const ScratchDirectory scratch;
    HighWatermark watermark;
    watermark.commit = 7;
    Intervals acked;
    acked.add(Range{1, 5});
    watermark.streams.push_back({1, "customerio", 9, {.next = 4, .count = 3}, {.records = 2}, acked.encode(), {}});
    HighWatermarkFile file;
    ASSERT_TRUE(file.open(scratch.path()));
    ASSERT_TRUE(file.write(watermark));
    auto read = HighWatermarkFile::read(scratch.path());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->commit, 7U);
    ASSERT_THAT(read->streams, SizeIs(1));
    EXPECT_EQ(read->streams[0].name, "customerio");
    EXPECT_EQ(read->streams[0].letters.count, 3U);
    EXPECT_EQ(read->streams[0].losses.records, 2U);
    EXPECT_EQ(read->streams[0].acked, acked.encode());
    EXPECT_TRUE(file.is_linked());
    std::filesystem::remove(scratch.path(HighWatermarkFile::name));
    EXPECT_FALSE(file.is_linked());
}

TEST(HighWatermark, IsThePreviousOneIfTheLatestIsTorn) {
    const ScratchDirectory scratch;
    HighWatermark watermark;
    HighWatermarkFile file;
    ASSERT_TRUE(file.open(scratch.path()));
    for (watermark.commit = 1; watermark.commit < 4; ++watermark.commit) ASSERT_TRUE(file.write(watermark));
    std::fstream stream(scratch.path(HighWatermarkFile::name), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(HighWatermarkFile::slot_size + 9);  // the third is in the second slot
    stream.put('x');
    stream.close();
    EXPECT_EQ(HighWatermarkFile::read(scratch.path()).value().commit, 2U);
}

TEST(ReadFailures, GiveUpAfterSeveralReadsOverAWhile) {
    using std::chrono::milliseconds;
    ReadFailures failures(milliseconds(100));
    const ReadFailures::Time start{};
    EXPECT_FALSE(failures.give_up(1, 5, start));
    EXPECT_FALSE(failures.give_up(1, 5, start + milliseconds(200)));
    EXPECT_FALSE(failures.give_up(1, 6, start + milliseconds(200)));
    EXPECT_TRUE(failures.give_up(1, 5, start + milliseconds(200)));
    EXPECT_FALSE(failures.give_up(1, 6, start + milliseconds(201)));
    EXPECT_FALSE(failures.give_up(1, 6, start + milliseconds(202)));
    EXPECT_TRUE(failures.give_up(1, 6, start + milliseconds(300)));
}

}  // namespace
}  // namespace pintle::journal
