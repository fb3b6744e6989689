#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <spdlog/spdlog.h>

#include "dead_letter_codec.hpp"
#include "faulty_file_system.hpp"
#include "fixture.hpp"
#include "rocksdb/open.hpp"
#include "settings.hpp"

namespace pintle::journal {
namespace {

// A journal driven at random on a disk that fails at random, beside a plain account of what it has promised.
class Model {
public:
    explicit Model(std::uint32_t seed) : random_(seed) {
        options_.directory = scratch_.path("data");
        open();
    }

    void step() {
        const auto dice = random_() % 1000;
        if (dice < 550) {
            append_some();
        } else if (dice < 800) {
            ack_one();
        } else if (dice < 860) {
            dead_letter_one();
        } else if (dice < 890) {
            replay_some();
        } else if (dice < 900) {
            purge_one();
        } else if (dice < 960) {
            check();
        } else if (dice < 985) {
            break_disk();
        } else if (dice < 993) {
            mend_disk();
        } else if (dice < 997) {
            restart();
        } else {
            crash();
        }
    }

    void end() {
        mend_disk();
        crash();
        check_promise();
    }

    std::size_t acknowledged() const { return acknowledged_.size(); }
    std::size_t refused() const { return refused_; }
    std::size_t replays() const { return replays_; }

private:
    void open() {
        journal_ = open_journal(options_, env_.get());
        stream_ = journal_->create_or_open_stream("customerio");
    }

    void append_some() {
        std::vector<std::pair<std::string, Answer>> sent;
        for (auto count = 1 + random_() % 5; count-- > 0;) {
            const auto text = std::to_string(next_++) + std::string(random_() % 2000, '.');
            WriteBatch one;
            one.records = {{stream_, text}};
            sent.emplace_back(text, start(*journal_, std::move(one)));
        }
        for (auto& [text, answer] : sent) {
            if (finish(std::move(answer))) {
                ++refused_;
            } else {
                acknowledged_.insert(text);
            }
        }
    }

    // One of the first unacked records, if there is one. Its end may be forgotten by a crash, but not happen twice.
    std::optional<StoredRecord> some_record() {
        auto records = journal_->read(stream_, 0, 1 + random_() % 8, SIZE_MAX);
        if (records.empty()) return std::nullopt;
        return records.back();
    }

    void ack_one() {
        const auto record = some_record();
        if (!record) return;
        done_.insert(record->bytes);
        journal_->ack(stream_, record->offset);
    }

    void dead_letter_one() {
        const auto record = some_record();
        if (!record) return;
        DeadLetter letter;
        letter.event = record->bytes;
        buried_.insert(record->bytes);
        journal_->dead_letter(stream_, record->offset, letter);
    }

    // Some of the first letters. A refused replay may still have happened: then the letters are gone.
    void replay_some() {
        WriteBatch replay;
        for (auto& letter : journal_->dead_letters(stream_, 0, 1 + random_() % 4)) {
            if (random_() % 3 == 0) continue;
            replay.records.push_back({stream_, std::move(letter.event)});
            replay.removed.emplace_back(stream_, letter.id);
        }
        const auto removed = replay.removed;
        if (gone_ != 0 && random_() % 4 == 0) replay.removed.emplace_back(stream_, gone_);
        if (append(*journal_, std::move(replay))) return;
        ++replays_;
        if (!removed.empty()) gone_ = removed.back().second;
    }

    void purge_one() {
        const auto letters = journal_->dead_letters(stream_, random_() % 20, 1);
        if (letters.empty()) return;
        WriteBatch purge;
        purge.removed = {{stream_, letters.front().id}};
        done_.insert(letters.front().event);
        append(*journal_, std::move(purge));
    }

    void break_disk() {
        switch (random_() % 5) {
            case 0: disk_->fail_writes = true; break;
            case 1: disk_->fail_syncs = true; break;
            case 2: disk_->writes_until_failure = static_cast<int>(random_() % 6); break;
            case 3: disk_->syncs_until_failure = static_cast<int>(random_() % 3); break;
            default: disk_->capacity = disk_->used() + random_() % 20'000; break;
        }
    }

    void mend_disk() {
        disk_->fail_writes = false;
        disk_->fail_syncs = false;
        disk_->writes_until_failure = -1;
        disk_->syncs_until_failure = -1;
        disk_->capacity = UINT64_MAX;
        ASSERT_TRUE(eventually([&] { return journal_->has_room(); })) << "it does not recover";
    }

    void restart() {
        mend_disk();
        journal_.reset();
        open();
        check_promise();
    }

    void crash() {
        disk_->die();
        journal_.reset();
        disk_->restart(random_() % 2 == 0 ? 0 : static_cast<unsigned>(random_() % 1001), random_() % 2 == 0);
        open();
        check_promise();
    }

    // Offsets ascend, what is read is as it was written, and no offset ever means two records.
    void check() {
        const auto last = journal_->last(stream_);
        const auto records = journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX);
        Offset before = 0;
        for (const auto& [offset, bytes] : records) {
            ASSERT_GT(offset, before);
            before = offset;
            const auto [known, is_new] = offsets_.emplace(offset, bytes);
            ASSERT_TRUE(is_new || known->second == bytes || !acknowledged_.contains(known->second))
                << "offset " << offset << " was given twice";
            known->second = bytes;
        }
        ASSERT_LE(before, last);
        ASSERT_EQ(records.size(), journal_->pending(stream_));
        check_ledger();
    }

    void check_ledger() {
        const auto ledger = journal_->ledger(stream_);
        ASSERT_EQ(ledger.total(), ledger.resolved() + ledger.backlog);
        ASSERT_EQ(ledger.dead_lettered, ledger.retained + ledger.replayed_out + ledger.purged + ledger.evicted);
        ASSERT_EQ(ledger.backlog, journal_->pending(stream_));
        ASSERT_EQ(ledger.lost, 0);
        ASSERT_GE(ledger.accepted, acknowledged_.size());
        ASSERT_LE(ledger.dead_lettered, ledger.total());
        ASSERT_LE(ledger.delivered, ledger.total());
    }

    // Everything that was acknowledged is waiting, or was acked, or is among the dead letters; and never in two
    // places.
    void check_promise() {
        check();
        std::set<std::string> present;
        for (auto& record : journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX)) {
            ASSERT_TRUE(present.insert(record.bytes).second) << record.bytes << " waits twice";
        }
        std::set<std::string> letters;
        std::uint64_t bytes = 0;
        for (const auto& letter : journal_->dead_letters(stream_, 0, SIZE_MAX)) {
            bytes += encode(letter).size();
            ASSERT_FALSE(present.contains(letter.event)) << letter.event << " waits and is dead";
            ASSERT_TRUE(letters.insert(letter.event).second) << letter.event << " is dead twice";
        }
        ASSERT_EQ(journal_->dead_letter_usage(stream_).count, letters.size());
        ASSERT_EQ(journal_->dead_letter_usage(stream_).bytes, bytes);
        for (const auto& text : acknowledged_) {
            ASSERT_TRUE(present.contains(text) || letters.contains(text) || done_.contains(text)) << text;
        }
        for (const auto& text : letters) ASSERT_TRUE(buried_.contains(text)) << text;
    }

    ScratchDirectory scratch_;
    std::shared_ptr<FaultyFileSystem> disk_ = std::make_shared<FaultyFileSystem>();
    std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
    JournalOptions options_;
    std::unique_ptr<Journal> journal_;
    Stream stream_ = 0;
    std::mt19937 random_;

    std::uint64_t next_ = 1;
    std::size_t refused_ = 0;
    std::size_t replays_ = 0;
    std::uint64_t gone_ = 0;  // a letter that was replayed
    std::set<std::string> acknowledged_;
    std::set<std::string> done_;
    std::set<std::string> buried_;
    std::map<Offset, std::string> offsets_;
};

// PINTLE_TEST_SEED and PINTLE_TEST_STEPS run another, or a longer one.
TEST(Model, NothingAcknowledgedIsLostUnderRandomFaults) {
    const auto seed = static_cast<std::uint32_t>(test_setting("PINTLE_TEST_SEED", 20'240'601));
    const auto steps = test_setting("PINTLE_TEST_STEPS", 3000);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    spdlog::set_level(spdlog::level::off);  // it fails on purpose, hundreds of times
    Model model(seed);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) model.step();
    if (!testing::Test::HasFatalFailure()) model.end();
    spdlog::set_level(spdlog::level::info);
    EXPECT_GT(model.acknowledged(), 0);
    EXPECT_GT(model.refused(), 0);
    EXPECT_GT(model.replays(), 0);
}

}  // namespace
}  // namespace pintle::journal
