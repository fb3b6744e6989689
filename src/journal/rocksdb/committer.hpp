#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rocksdb/commit.hpp"
#include "rocksdb/maintenance.hpp"
#include "rocksdb/message_id_expiry.hpp"
#include "rocksdb/open.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Appends that are worth a commit. The commit thread waits a moment for more if it has fewer, and a thread that has
// appended so many gives way to it. Measured on 2 cores: without the second rule a single event waits 1.7 ms for its
// commit in place of 1.4 ms.
inline constexpr std::size_t commit_batch_target = 80;

// The commit thread: writes all pending changes as one batch, makes them visible and calls their callbacks.
//
// After a failed write the database is closed and opened again: only then it is known what is on disk, as a failed sync
// may well have left its commit in the write-ahead log. The commit's number tells. If the commit is there, its records
// become visible like any others (their senders were told to repeat them, which is harmless). If not, their offsets are
// assigned again. Until a write succeeds, appends fail.
class Committer {
public:
    // `number` is that of the last commit on disk.
    Committer(Store& store, State& state, const JournalOptions& options, const Tuning& tuning, std::uint64_t number);

    // Returns after `State::stopping` was set and all that was pending then is committed.
    void run();

private:
    // The changes that one commit writes.
    struct PendingWork {
        std::vector<PendingAppend> appends;
        std::vector<UnwrittenLetter> letters;
        std::set<std::pair<Stream, std::uint64_t>> damaged_letters;
        std::vector<std::pair<std::string, std::string>> metadata;
        struct Progress {
            Stream stream = 0;
            std::string acked;
            std::uint64_t acked_count = 0;
            std::uint64_t acked_bytes = 0;
            Losses lost;
            std::vector<Range> deletions;
        };
        std::vector<Progress> progress;
        std::optional<StreamChange> change;  // then the only work
        std::uint64_t acked = 0;             // records of all streams, including `progress`
        bool last = false;                   // the journal is closed afterwards

        bool empty() const {
            return appends.empty() && letters.empty() && metadata.empty() && progress.empty() &&
                   damaged_letters.empty() && !change;
        }
    };

    struct Failed {
        Commit commit;
        PendingWork work;
    };

    void wait_for_work() REQUIRES(state_.mutex);
    bool has_finished() const REQUIRES(state_.mutex);
    bool must_sync(const Commit& commit, const PendingWork& work) const;
    PendingWork take() REQUIRES(state_.mutex);
    bool take_stream_change(PendingWork& work) REQUIRES(state_.mutex);
    void take_appends(PendingWork& work) REQUIRES(state_.mutex);
    void take_acked(PendingWork& work) REQUIRES(state_.mutex);

    void commit(PendingWork work);
    Commit prepare(PendingWork& work);
    void add_stream_change(PendingWork& work, Commit& commit);
    void add_discard(PendingWork& work, Commit& commit) REQUIRES(state_.mutex);
    Stream apply_stream_change(const PendingWork& work) REQUIRES(state_.mutex);
    void fail_stream_changes();
    void succeed(Commit& commit, PendingWork& work, bool synced);
    void notify_of_letters(PendingWork& work);
    void fail(Commit commit, PendingWork work, const rocksdb::Status& status);
    void note_acked(PendingWork& work, const Commit& commit);
    void advance_watermark();
    void call_back(std::vector<PendingAppend>& appends, boost::system::error_code error);

    void try_to_recover();
    rocksdb::Status recover();
    void resolve_failed();
    void rewrite_all(Commit& commit);
    void restore(PendingWork& work);

    Store& store_;
    State& state_;
    Tuning tuning_;
    std::uint64_t max_dead_letters_;
    MessageIdExpiry message_ids_;
    Maintenance maintenance_;
    std::vector<Intervals> dead_lettered_;  // by stream: records that became dead letters recently
    std::vector<PendingAppend> spare_;      // empty; its memory is reused
    std::uint64_t number_;                  // of the last commit that is known to be on disk
    std::optional<Failed> failed_;          // may be on disk or not
    boost::system::error_code error_;       // of the failed commit
    bool rewrite_ = false;                  // the disk lost commits: all that is known must be written again
    std::uint64_t acked_written_ = 0;
    std::uint64_t acked_synced_ = 0;
    Clock::time_point next_ack_;       // when acked offsets may be written
    Clock::time_point next_attempt_;   // when recovery may be attempted
    std::chrono::milliseconds retry_;  // until the attempt after that
};

std::uint64_t last_commit(const Store& store);

}  // namespace pintle::journal
