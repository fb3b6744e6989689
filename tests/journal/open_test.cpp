#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "fixture.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/open.hpp"
#include "rocksdb/store.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string refusal(const JournalOptions& options) {
    try {
        open_journal(options);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "opened";
}

class OpenTest : public JournalTest {
protected:
    // Writes into the closed journal's database what another version of pintle would have.
    void write(std::string_view key, std::string_view value) {
        journal_.reset();
        Store store(options_.directory, rocksdb::Env::Default(), false, Tuning{}.write_buffer);
        rocksdb::WriteBatch batch;
        batch.Put(std::string(key), std::string(value));
        ASSERT_TRUE(store.write(batch, true).ok());
    }
};

TEST_F(OpenTest, ADirectoryInUseIsRejected) {
    EXPECT_EQ(refusal(options_),
              "journal directory " + options_.directory + " is in use by process " + std::to_string(getpid()));
}

TEST_F(OpenTest, ADirectoryInUseByAnotherProcessIsRejected) {
    journal_.reset();
    std::array<int, 2> opened{};
    std::array<int, 2> finish{};
    ASSERT_EQ(pipe(opened.data()), 0);
    ASSERT_EQ(pipe2(finish.data(), O_CLOEXEC), 0);
    ASSERT_EQ(fcntl(finish[0], F_SETFD, 0), 0);  // but for the end that the holder reads
    const auto child = start_holder(options_.directory, opened[1], finish[0]);
    ::close(opened[1]);
    char byte = 0;
    EXPECT_EQ(::read(opened[0], &byte, 1), 1);
    EXPECT_EQ(refusal(options_),
              "journal directory " + options_.directory + " is in use by process " + std::to_string(child));
    ::close(finish[1]);
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    ::close(opened[0]);
    ::close(finish[0]);
    EXPECT_EQ(refusal(options_), "opened");
}

TEST_F(OpenTest, ADirectoryThatCannotBeCreatedIsRejected) {
    std::ofstream(scratch_.path("file")) << "not a directory";
    JournalOptions options;
    options.directory = scratch_.path("file/data");
    EXPECT_EQ(refusal(options), "journal directory " + options.directory + " is not writable: Not a directory");
}

TEST_F(OpenTest, ADirectoryOfANewerVersionIsRejectedAndUnchanged) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    std::string two;
    put_varint(two, 2);
    write(keys::format, two);
    const auto expected = "journal directory " + options_.directory +
                          " was written by a newer version of pintle (format 2, this one reads 1)";
    EXPECT_EQ(refusal(options_), expected);
    EXPECT_EQ(refusal(options_), expected);
}

TEST_F(OpenTest, ADatabaseWithMoreColumnFamiliesIsRejectedForItsVersion) {
    std::string two;
    put_varint(two, 2);
    write(keys::format, two);
    std::vector<std::string> names;
    rocksdb::Options plain;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(plain, options_.directory, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> column_families;
    column_families.reserve(names.size() + 1);
    for (const auto& name : names) column_families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    column_families.emplace_back("future", rocksdb::ColumnFamilyOptions());
    plain.create_missing_column_families = true;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(plain, options_.directory, column_families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    for (auto* handle : handles) database->DestroyColumnFamilyHandle(handle);
    ASSERT_TRUE(database->Close().ok());
    EXPECT_THAT(refusal(options_), HasSubstr("newer version of pintle (format 2"));
}

TEST_F(OpenTest, DamageIsReportedAndNotOverwritten) {
    write(keys::acked(stream_), "\x80");
    EXPECT_THAT(refusal(options_), HasSubstr("damaged"));
}

TEST_F(OpenTest, AReadOnlyJournalIsReadAndNotWritten) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c"}));
    DeadLetter letter;
    letter.message = "rejected";
    journal_->dead_letter(stream_, 1, letter);
    journal_.reset();
    const auto stamp = [&] {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
            names.push_back(entry.path().filename().string() + " " + std::to_string(entry.file_size()));
        }
        std::ranges::sort(names);
        return names;
    };
    const auto before = stamp();
    options_.read_only = true;
    reopen();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("b", "c"));
    EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), SizeIs(1));
    EXPECT_FALSE(journal_->has_room());
    EXPECT_EQ(append(*journal_, stream_, {"d"}), boost::system::errc::operation_canceled);
    EXPECT_THROW(journal_->create_or_open_stream("new"), std::runtime_error);
    journal_.reset();
    EXPECT_EQ(stamp(), before);
}

TEST_F(OpenTest, AReadOnlyJournalNeedsADirectory) {
    JournalOptions options;
    options.directory = scratch_.path("nowhere");
    options.read_only = true;
    EXPECT_EQ(refusal(options), "journal directory " + options.directory + " does not exist");
    EXPECT_FALSE(std::filesystem::exists(options.directory));
}

}  // namespace
}  // namespace pintle::journal
