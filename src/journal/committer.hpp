#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/commit.hpp"
#include "journal/open.hpp"
#include "journal/seen.hpp"
#include "journal/state.hpp"
#include "journal/store.hpp"
#include "journal/upkeep.hpp"

namespace pintle::journal {

// So many appends are worth a commit of their own: who makes more gives the commit thread its turn, where it waits for
// the same core.
inline constexpr std::size_t worth_a_commit = 80;

// The commit thread: takes all that waits, writes it as one batch, makes it visible, tells those who wait. After a
// failed write it takes nothing until the database was opened again and a write went through.
class Committer {
public:
    // `number`: of the last commit on disk.
    Committer(Store& store, State& state, const JournalOptions& options, const Pace& pace, std::uint64_t number);

    // Until `State::stopping`; what waited then is committed first.
    void run();

private:
    // What one commit is made of.
    struct Work {
        std::vector<Waiting> appends;
        std::vector<WaitingLetter> letters;
        std::set<std::pair<Log, std::uint64_t>> damaged_letters;
        std::vector<std::pair<std::string, std::string>> facts;
        struct Progress {
            Log log = 0;
            std::string settled;
            std::uint64_t settled_count = 0;
            std::uint64_t settled_bytes = 0;
            Losses lost;
            std::vector<Range> deletions;
        };
        std::vector<Progress> progress;
        std::uint64_t settled = 0;  // records in all logs, as of `progress`
        bool last = false;          // the journal closes behind it

        bool empty() const {
            return appends.empty() && letters.empty() && facts.empty() && progress.empty() && damaged_letters.empty();
        }
    };

    struct Failed {
        Commit commit;
        Work work;
    };

    void wait(std::unique_lock<std::mutex>& lock) const;
    void gather(std::unique_lock<std::mutex>& lock) const;
    bool done_with_all() const;
    bool must_sync(const Commit& commit, const Work& work) const;
    Work take();
    void take_appends(Work& work);
    void take_settled(Work& work);

    void commit(Work work);
    Commit prepare(Work& work);
    void succeed(Commit& commit, Work& work, bool synced);
    void fail(Commit commit, Work work, const rocksdb::Status& status);
    void refuse_all(std::unique_lock<std::mutex>& lock);
    void note(Work& work, const Commit& commit);
    void acknowledge();
    void answer(std::vector<Waiting>& appends, boost::system::error_code error);

    void try_to_recover();
    rocksdb::Status recover();
    void resolve_failed();
    void write_all(Commit& commit);
    void put_back(Work& work);

    Store& store_;
    State& state_;
    Pace pace_;
    std::uint64_t max_dead_letters_;
    SeenExpiry seen_;
    Upkeep upkeep_;
    std::vector<Intervals> died_;      // by log: records that became dead letters lately
    std::vector<Waiting> spare_;       // empty; its memory is the next appends'
    std::uint64_t number_;             // of the last commit known to be on disk
    std::optional<Failed> failed_;     // not known whether it is on disk
    boost::system::error_code error_;  // what it failed with
    bool rewrite_ = false;             // the disk lost commits: all that is known is written again
    std::uint64_t settled_written_ = 0;
    std::uint64_t settled_synced_ = 0;
    Clock::time_point next_settle_;    // when settled positions may be written
    Clock::time_point next_attempt_;   // when recovery may be tried
    std::chrono::milliseconds retry_;  // until the attempt after that
};

std::uint64_t last_commit(const Store& store);

}  // namespace pintle::journal
