// One life of a journal, from its first opening on, lived again and again: each time another of its operations on the
// file system fails, once or from then on, or the disk is full from there, or the machine dies there.
// PINTLE_TEST_POINTS sets how many of each kind are tried, spread evenly (10); 0: all.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "faulty_file_system.hpp"
#include "fixture.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "promises.hpp"
#include "rocksdb/open.hpp"
#include "settings.hpp"

namespace pintle::journal {
namespace {

using Plan = FaultyFileSystem::Plan;
using What = Plan::What;

constexpr std::size_t large = 20'000;                // bytes: a few fill a write buffer
constexpr std::uint64_t operations_of_a_start = 60;  // about
constexpr int steps_on_broken_disk = 4;              // before it is mended

Tuning hurried() {
    Tuning tuning;
    tuning.write_buffer = 64U << 10U;
    tuning.delete_from = 4;
    tuning.drop_files_from = 8;
    tuning.ack_interval = tuning.maintenance_interval = std::chrono::milliseconds(0);
    tuning.first_retry = tuning.last_retry = std::chrono::milliseconds(1);
    return tuning;
}

// What becomes of unsynced data when the machine dies, and after how many operations of the start after that it dies
// once more; -1: it does not.
struct Crash {
    unsigned keep = 0;
    bool garble = false;
    int again = -1;
};

class Life {
public:
    Life(Crash crash, std::uint64_t max_size) : crash_(crash) {
        options_.directory = scratch_.path("data");
        options_.max_size = max_size;
    }

    void live(std::optional<Plan> plan) {
        if (plan) disk_->plan(*plan);
        open();
        for (const auto& step : steps()) {
            step();
            after_step();
            if (testing::Test::HasFailure()) return;
        }
        end();
    }

    const FaultyFileSystem& disk() const { return *disk_; }

private:
    std::vector<std::function<void()>> steps();

    void open();
    void reopen();
    void power_cut();
    void restart_machine();
    void after_step();
    void mend();
    void end();
    void check();
    std::vector<StoredRecord> read(std::size_t limit);

    void append_one(WriteBatch append);
    void append_text(std::size_t count, std::size_t size = 0);
    void append_message_ids();
    void append_letter();
    void append_until_full();
    void write_acked() { append_one({}); }
    void ack(std::size_t count);
    void dead_letter_one();
    void put();
    std::string text(std::size_t size) { return std::to_string(next_++) + std::string(size, '.'); }
    std::size_t tables() const;
    void await(const std::function<bool()>& condition) const;

    Crash crash_;
    ScratchDirectory scratch_;
    std::shared_ptr<FaultyFileSystem> disk_ = std::make_shared<FaultyFileSystem>();
    std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
    JournalOptions options_;
    std::unique_ptr<Journal> journal_;
    Stream stream_ = 0;
    Promises promises_;
    std::uint64_t next_ = 1;
    std::uint64_t put_ = 0;
    int broken_for_ = 0;
    bool was_broken_ = false;
    bool has_died_ = false;
};

std::vector<std::function<void()>> Life::steps() {
    return {
        [this] { append_text(1); },
        [this] { append_text(3); },
        [this] { append_text(1, large); },
        [this] { ack(1); },
        [this] { append_message_ids(); },
        [this] { put(); },
        [this] { append_text(2); },
        [this] { dead_letter_one(); },
        [this] { append_letter(); },
        [this] { write_acked(); },
        // Into several tables, which are merged.
        [this] {
            for (int i = 0; i < 6; ++i) append_text(1, large);
        },
        [this] { await([this] { return tables() > 0; }); },
        [this] { ack(8); },
        [this] { write_acked(); },
        [this] {
            for (int i = 0; i < 6; ++i) append_text(1, large);
        },
        [this] { dead_letter_one(); },
        [this] { ack(6); },
        [this] { write_acked(); },
        [this] { reopen(); },
        [this] { append_text(2); },
        [this] { ack(1); },
        [this] { put(); },
        [this] { append_message_ids(); },
        // Until the journal has its size; acking makes room.
        [this] { append_until_full(); },
        [this] { ack(SIZE_MAX); },
        [this] { await([this] { return journal_->has_room(); }); },
        [this] { append_text(3); },
        [this] { append_letter(); },
        [this] { dead_letter_one(); },
        [this] { write_acked(); },
        [this] { reopen(); },
        [this] { append_text(1); },
    };
}

// Refused only where the disk is broken; when it no longer is, it must open.
void Life::open() {
    for (int tries = 3;; --tries) {
        try {
            journal_ = open_journal(options_, env_.get(), hurried());
            stream_ = journal_->create_or_open_stream("customerio");
            return;
        } catch (const std::runtime_error& error) {
            journal_.reset();
            if (tries == 0 || !disk_->struck()) {
                ADD_FAILURE() << error.what();
                throw;
            }
            if (disk_->dead()) {
                restart_machine();
            } else {
                disk_->mend();
            }
        }
    }
}

void Life::reopen() {
    journal_.reset();
    if (disk_->dead()) return power_cut();
    open();
    promises_.check(*journal_, stream_, true);
}

void Life::power_cut() {
    disk_->die();
    journal_.reset();
    restart_machine();
    open();
    promises_.check(*journal_, stream_, true);
}

void Life::restart_machine() {
    has_died_ = true;
    disk_->restart(crash_.keep, crash_.garble);
    if (crash_.again < 0) return;
    disk_->plan({What::die, {}, std::exchange(crash_.again, -1)});
}

void Life::after_step() {
    if (disk_->dead()) return power_cut();
    if (disk_->struck() && !was_broken_ && ++broken_for_ > steps_on_broken_disk) mend();
    check();
}

// While the disk is broken the journal may be unreadable.
void Life::check() {
    try {
        promises_.check(*journal_, stream_, false);
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(disk_->struck() && !was_broken_) << error.what();
    }
}

std::vector<StoredRecord> Life::read(std::size_t limit) {
    try {
        return journal_->read(stream_, 0, limit, SIZE_MAX);
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(disk_->struck() && !was_broken_) << error.what();
        return {};
    }
}

// The journal finds out by itself.
void Life::mend() {
    was_broken_ = true;
    disk_->mend();
    const auto takes = [this] { return !append(*journal_, WriteBatch{}); };
    EXPECT_TRUE(eventually([&] { return disk_->dead() || (journal_->has_room() && takes()); }))
        << "it does not recover";
}

void Life::end() {
    if (disk_->dead()) power_cut();
    if (disk_->struck() && !was_broken_) mend();
    check();
    append_text(1);
    reopen();
    ack(SIZE_MAX);
    dead_letter_one();
    append_text(2);
    power_cut();
    append_text(1);
    power_cut();
    EXPECT_GT(promises_.records(), 3);
}

void Life::append_one(WriteBatch append) {
    const auto error = pintle::journal::append(*journal_, append);
    if (!error) {
        promises_.acknowledged(append);
    } else if (!disk_->struck()) {
        EXPECT_EQ(error, boost::system::errc::no_space_on_device);
    }
}

void Life::append_text(std::size_t count, std::size_t size) {
    WriteBatch append;
    while (count-- > 0) append.records.push_back({stream_, text(size)});
    append_one(std::move(append));
}

void Life::append_message_ids() {
    WriteBatch append;
    append.records.push_back({stream_, text(10)});
    for (std::uint8_t i = 0; i < 5; ++i) {
        append.message_ids.emplace_back(MessageHash{static_cast<std::uint8_t>(next_), i}, wall_now());
    }
    append_one(std::move(append));
}

void Life::append_letter() {
    WriteBatch append;
    append.records.push_back({stream_, text(10)});
    DeadLetter letter;
    letter.event = text(10);
    append.dead_letters.emplace_back(stream_, std::move(letter));
    append_one(std::move(append));
}

void Life::append_until_full() {
    for (int i = 0; i < 30 && journal_->has_room(); ++i) append_text(1, large);
}

void Life::ack(std::size_t count) {
    for (const auto& record : read(count)) {
        promises_.acking(record);
        journal_->ack(stream_, record.offset);
    }
}

// Not the first, so that there are gaps.
void Life::dead_letter_one() {
    const auto records = read(2);
    if (records.empty()) return;
    DeadLetter letter;
    letter.event = records.back().bytes;
    promises_.dead_lettering(records.back());
    journal_->dead_letter(stream_, records.back().offset, std::move(letter));
}

void Life::put() {
    promises_.putting(++put_);
    journal_->set_metadata(Promises::metadata_key, std::to_string(put_));
}

std::size_t Life::tables() const {
    const std::filesystem::directory_iterator files(options_.directory);
    return static_cast<std::size_t>(std::count_if(files, std::filesystem::directory_iterator(),
                                                  [](const auto& file) { return file.path().extension() == ".sst"; }));
}

// What a step leads to, where no death has cut it short.
void Life::await(const std::function<bool()>& condition) const {
    EXPECT_TRUE(has_died_ || eventually([&] { return disk_->struck() || condition(); }));
}

struct Kind {
    std::string name;
    What what{};
    std::optional<Operation> operation;
    Crash crash;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

std::vector<Kind> kinds() {
    std::vector<Kind> all{
        {"DeathWithAllThatWasNotSynced", What::die, {}, {0, false}},
        {"DeathWithPartOfWhatWasNotSynced", What::die, {}, {500, false}},
        {"DeathWithGarbageForWhatWasNotSynced", What::die, {}, {800, true}},
        {"TwoDeaths", What::die, {}, {0, false, 0}},
        {"TwoDeathsWithPartOfWhatWasNotSynced", What::die, {}, {700, false, 0}},
        {"TwoDeathsWithGarbageForWhatWasNotSynced", What::die, {}, {800, true, 0}},
        {"FullDisk", What::fill, {}, {}},
    };
    const std::vector<std::pair<std::string, Operation>> operations{
        {"Write", Operation::write},   {"Sync", Operation::sync},     {"Create", Operation::create},
        {"Rename", Operation::rename}, {"Remove", Operation::remove}, {"SyncDirectory", Operation::sync_directory}};
    for (const auto& [name, operation] : operations) {
        all.push_back({name + "FailsOnce", What::fail_once, operation, {}});
        all.push_back({name + "FailsFromThenOn", What::fail_on, operation, {}});
    }
    return all;
}

std::uint64_t wanted_points() {
    const auto wanted = test_setting("PINTLE_TEST_POINTS", 10);
    return wanted == 0 ? UINT64_MAX : wanted;
}

class EveryStep : public testing::TestWithParam<Kind> {};

TEST_P(EveryStep, KeepsThePromise) {
    const auto& kind = GetParam();
    spdlog::set_level(spdlog::level::off);  // it fails on purpose, hundreds of times
    // Where something fails, only that may refuse; where the machine dies, the journal also reaches its size.
    const std::uint64_t max_size = kind.what == What::die ? 400'000 : 1U << 30U;
    Life calm({}, max_size);
    calm.live({});
    const auto all = calm.disk().operations(kind.operation);
    const auto points = std::min(all, wanted_points());
    ASSERT_GT(points, 0);

    // Much of a life is waiting, so several are lived at a time.
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::uint64_t> struck{0};
    const auto work = [&] {
        for (auto i = next++; i < points && !HasFailure(); i = next++) {
            const Plan plan{kind.what, kind.operation, static_cast<int>(i * all / points)};
            SCOPED_TRACE(kind.name + " at operation " + std::to_string(plan.after));
            auto crash = kind.crash;
            if (crash.again == 0) crash.again = static_cast<int>(i * 7 % operations_of_a_start);
            Life life(crash, max_size);
            life.live(plan);
            if (life.disk().struck()) ++struck;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) threads.emplace_back(work);
    for (auto& thread : threads) thread.join();
    spdlog::set_level(spdlog::level::info);
    EXPECT_GT(struck, points / 2);
}

INSTANTIATE_TEST_SUITE_P(Journal, EveryStep, testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace pintle::journal
