#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
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

// So many appends are worth a commit of their own: who makes more gives the commit thread its turn, where it waits for
// the same core.
inline constexpr std::size_t commit_batch_target = 80;

// The commit thread: takes all that waits, writes it as one batch, makes it visible, tells those who wait. After a
// failed write it takes nothing until the database was opened again and a write went through.
class Committer {
public:
    // `number`: of the last commit on disk.
    Committer(Store& store, State& state, const JournalOptions& options, const Tuning& tuning, std::uint64_t number);

    // Until `State::stopping`; what waited then is committed first.
    void run();

private:
    // What one commit is made of.
    struct PendingWork {
        std::vector<Waiting> appends;
        std::vector<WaitingLetter> letters;
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
        std::uint64_t acked = 0;  // records in all logs, as of `progress`
        bool last = false;        // the journal closes behind it

        bool empty() const {
            return appends.empty() && letters.empty() && metadata.empty() && progress.empty() &&
                   damaged_letters.empty();
        }
    };

    struct Failed {
        Commit commit;
        PendingWork work;
    };

    void wait(std::unique_lock<std::mutex>& lock) const;
    void gather(std::unique_lock<std::mutex>& lock) const;
    bool done_with_all() const;
    bool must_sync(const Commit& commit, const PendingWork& work) const;
    PendingWork take();
    void take_appends(PendingWork& work);
    void take_acked(PendingWork& work);

    void commit(PendingWork work);
    Commit prepare(PendingWork& work);
    void succeed(Commit& commit, PendingWork& work, bool synced);
    void fail(Commit commit, PendingWork work, const rocksdb::Status& status);
    void refuse_all(std::unique_lock<std::mutex>& lock);
    void note(PendingWork& work, const Commit& commit);
    void acknowledge();
    void answer(std::vector<Waiting>& appends, boost::system::error_code error);

    void try_to_recover();
    rocksdb::Status recover();
    void resolve_failed();
    void write_all(Commit& commit);
    void put_back(PendingWork& work);

    Store& store_;
    State& state_;
    Tuning tuning_;
    std::uint64_t max_dead_letters_;
    MessageIdExpiry message_ids_;
    Maintenance maintenance_;
    std::vector<Intervals> died_;      // by log: records that became dead letters lately
    std::vector<Waiting> spare_;       // empty; its memory is the next appends'
    std::uint64_t number_;             // of the last commit known to be on disk
    std::optional<Failed> failed_;     // not known whether it is on disk
    boost::system::error_code error_;  // what it failed with
    bool rewrite_ = false;             // the disk lost commits: all that is known is written again
    std::uint64_t acked_written_ = 0;
    std::uint64_t acked_synced_ = 0;
    Clock::time_point next_ack_;       // when settled offsets may be written
    Clock::time_point next_attempt_;   // when recovery may be tried
    std::chrono::milliseconds retry_;  // until the attempt after that
};

std::uint64_t last_commit(const Store& store);

}  // namespace pintle::journal
