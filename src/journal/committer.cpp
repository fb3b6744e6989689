#include "journal/committer.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "journal/keys.hpp"
#include "journal/letters.hpp"
#include "journal/open_errors.hpp"

namespace pintle::journal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_batch = 4U << 20U;   // bytes
constexpr std::size_t max_spare = 1024;        // appends
constexpr std::size_t commit_overhead = 4096;  // bytes
constexpr std::size_t settle_bytes_per_ms = 1024;
constexpr std::uint64_t max_settled_unsynced = 1'000;  // records
constexpr std::size_t max_died = 512;                  // bytes

// The later half of `positions`, again and again until it has at most `limit` bytes; the rest leaves `positions`.
std::string encode_latest(Intervals& positions, std::size_t limit) {
    auto encoded = positions.encode();
    while (encoded.size() > limit) {
        const auto ranges = positions.ranges();
        positions = {};
        for (auto i = (ranges.size() + 1) / 2; i < ranges.size(); ++i) positions.add(ranges[i]);
        encoded = positions.encode();
    }
    return encoded;
}

}  // namespace

Committer::Committer(Store& store, State& state, const JournalOptions& options, const Pace& pace, std::uint64_t number)
    : store_(store),
      state_(state),
      pace_(pace),
      max_dead_letters_(options.max_dead_letters),
      seen_(options.dedupe_window, options.max_seen, sources_of_seen(store)),
      upkeep_(store, state, options.max_size, pace),
      number_(number),
      retry_(pace.first_retry) {
    upkeep_.measure();
    for (const auto& stream : store.watermark()->streams) {
        died_.push_back(Intervals::decode(stream.died).value_or(Intervals{}));
    }
}

void Committer::run() {
    std::unique_lock lock(state_.mutex);
    while (true) {
        wait(lock);
        if (state_.failed && Clock::now() >= next_attempt_) {
            lock.unlock();
            try_to_recover();
            lock.lock();
        }
        if (!state_.failed) gather(lock);
        if (state_.failed) {
            refuse_all(lock);
        } else if (auto work = take(); !work.empty()) {
            lock.unlock();
            commit(std::move(work));
            lock.lock();
        }
        if (state_.stopping && done_with_all()) return;
        lock.unlock();
        if (!state_.failed) upkeep_.run(Clock::now());
        lock.lock();
    }
}

// Until there is something to do: an append, or the time for something else.
void Committer::wait(std::unique_lock<std::mutex>& lock) const {
    while (state_.appends.empty() && !state_.stopping) {
        auto until = Clock::time_point::max();
        if (state_.failed) {
            until = next_attempt_;
        } else {
            if (!state_.unwritten_facts.empty() || !state_.damaged_letters.empty()) return;
            if (state_.dirty) until = next_settle_;
            until = std::min(until, upkeep_.due());
        }
        if (Clock::now() >= until) return;
        if (until == Clock::time_point::max()) {
            state_.wake.wait(lock);
        } else {
            state_.wake.wait_until(lock, until);
        }
    }
}

// Where all cores are busy, a sync that is done takes one at once from a thread that is just making more to commit.
// That one goes on first, until it has nothing more to do or gives way; where a core is free this takes no time.
void Committer::gather(std::unique_lock<std::mutex>& lock) const {
    if (state_.appends.empty() || state_.stopping || state_.appends.size() >= worth_a_commit) return;
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
}

// Where the disk has failed, what cannot be written stays as it was at the last commit: those records come again.
bool Committer::done_with_all() const {
    if (!state_.appends.empty()) return false;
    return state_.failed || (state_.unwritten_facts.empty() && !state_.dirty);
}

Committer::Work Committer::take() {
    Work work;
    work.last = state_.stopping;
    take_appends(work);
    for (const auto& name : std::exchange(state_.unwritten_facts, {})) {
        work.facts.emplace_back(name, state_.facts[name]);
    }
    work.damaged_letters = std::exchange(state_.damaged_letters, {});
    if (state_.dirty && (work.last || Clock::now() >= next_settle_)) take_settled(work);
    return work;
}

// All of them, or as many as one batch may hold.
void Committer::take_appends(Work& work) {
    std::size_t bytes = 0;
    auto end = state_.appends.begin();
    while (end != state_.appends.end() && bytes < max_batch) bytes += end++->bytes;
    work.appends = std::exchange(spare_, {});
    if (end == state_.appends.end()) {
        work.appends.swap(state_.appends);
    } else {
        work.appends.assign(std::make_move_iterator(state_.appends.begin()), std::make_move_iterator(end));
        state_.appends.erase(state_.appends.begin(), end);
    }
}

// Letters go with their records' settling, so that no event is ever in neither place.
void Committer::take_settled(Work& work) {
    work.letters.swap(state_.letters);
    state_.letter_bytes = 0;
    std::size_t bytes = 0;
    for (auto& log : state_.logs) {
        work.settled += log.settled.size();
        if (!std::exchange(log.dirty, false)) continue;
        auto deletions = due_for_deletion(log.settled, log.deleted, state_.tight ? 1 : pace_.worth_deleting);
        for (const auto& range : deletions) log.deleted.add(range);
        work.progress.push_back(
            {log.id, log.settled.encode(), log.settled.size(), log.settled_bytes, log.lost, std::move(deletions)});
        bytes += work.progress.back().settled.size();
    }
    state_.dirty = false;
    // Where there are very many gaps it is written more rarely, so that it never costs more than 1 MiB a second.
    next_settle_ = Clock::now() + pace_.settle_interval + milliseconds(bytes / settle_bytes_per_ms);
}

Commit Committer::prepare(Work& work) {
    std::size_t size = commit_overhead;
    for (const auto& waiting : work.appends) size += waiting.bytes;
    Commit commit(store_, state_.logs, number_ + 1, size);
    for (auto& waiting : work.appends) {
        if (waiting.refused) continue;
        if (!seen_.remembers()) waiting.append.seen.clear();
        waiting.refused = commit.add(waiting.append);
    }
    for (const auto& waiting : work.letters) commit.add_letter(waiting.log, waiting.letter);
    for (const auto& [name, value] : work.facts) commit.add_fact(name, value);
    for (const auto& [log, id] : work.damaged_letters) {
        const std::lock_guard lock(state_.mutex);
        commit.lose_letter(log, id, state_.log(log).lost);
    }
    for (const auto& progress : work.progress) {
        commit.set_settled(progress.log, progress.settled, progress.settled_bytes);
        if (progress.lost.any()) commit.set_lost(progress.log, progress.lost);
        for (const auto& range : progress.deletions) commit.delete_records(progress.log, range);
    }
    for (const auto& [of, messages] : commit.seen())
        seen_.add(of.first, messages.size() / sizeof(MessageHash), of.second);
    if (!commit.seen().empty()) {
        for (const auto& [source, before] : seen_.due()) commit.forget_seen(source, before);
    }
    if (commit.has_letters()) bound_letters(store_, state_.logs, max_dead_letters_, commit);
    return commit;
}

// Settled positions are written for a process that dies and need no sync for that. But a machine that dies forgets what
// was not synced, and while nothing is appended nothing else would sync: this bounds what is delivered once more.
bool Committer::must_sync(const Commit& commit, const Work& work) const {
    return commit.must_be_durable() || work.last || work.settled > settled_synced_ + max_settled_unsynced;
}

void Committer::commit(Work work) {
    auto commit = prepare(work);
    const bool sync = must_sync(commit, work);
    const auto begin = Clock::now();
    auto status = store_.write(commit.finish(), sync);
    if (status.ok() && sync && !store_.is_linked())
        status = rocksdb::Status::IOError(store_.directory(), "files of the journal were removed");
    if (status.ok()) {
        if (commit.must_be_durable()) state_.commits.add(Clock::now() - begin);
        settled_written_ = std::max(settled_written_, work.settled);
        if (sync) settled_synced_ = settled_written_;
        retry_ = pace_.first_retry;
        note(work, commit);
        succeed(commit, work, sync);
    } else {
        fail(std::move(commit), std::move(work), status);
    }
}

void Committer::succeed(Commit& commit, Work& work, bool synced) {
    number_ = commit.number();
    {
        const std::lock_guard lock(state_.mutex);
        commit.publish(state_.logs);
        for (const auto& progress : work.progress) state_.log(progress.log).settled_written = progress.settled_count;
    }
    if (synced) {
        acknowledge();
    } else if (!work.progress.empty()) {
        store_.write_watermark();  // so that what was delivered is never taken for lost
    }
    commit.announce(state_.logs);
    std::uint64_t deleted = 0;
    std::size_t ranges = 0;
    for (const auto& progress : work.progress) {
        ranges += progress.deletions.size();
        for (const auto& range : progress.deletions) deleted += range.end - range.begin;
    }
    upkeep_.committed(commit.size(), {deleted, ranges, commit.letters_gone()});
    answer(work.appends, {});
    if (work.appends.capacity() <= max_spare) spare_ = std::move(work.appends);
}

// What `work` has settled. It is true whether or not it is synced.
void Committer::note(Work& work, const Commit& commit) {
    auto& streams = store_.watermark()->streams;
    if (died_.size() < streams.size()) died_.resize(streams.size());
    for (auto& progress : work.progress) {
        if (progress.log > streams.size()) continue;
        streams[progress.log - 1].settled = std::move(progress.settled);
        streams[progress.log - 1].losses = progress.lost;
    }
    if (!commit.has_letters()) return;
    for (const auto& waiting : work.letters) {
        if (waiting.log <= died_.size()) died_[waiting.log - 1].add(waiting.position);
    }
    for (std::size_t i = 0; i < died_.size(); ++i) {
        if (died_[i].size() > 0) streams[i].died = encode_latest(died_[i], max_died);
    }
}

// What is on disk is known to be there even where its write-ahead log is damaged later.
void Committer::acknowledge() {
    auto& watermark = *store_.watermark();
    watermark.commit = number_;
    for (std::size_t i = 0; i < state_.logs.size(); ++i) {
        const auto& log = state_.logs[i];
        if (i == watermark.streams.size()) watermark.streams.push_back({log.id, log.name, 0, {}, {}, {}, {}});
        watermark.streams[i].last = log.last;
        watermark.streams[i].letters = log.letters;
    }
    store_.write_watermark();
}

void Committer::answer(std::vector<Waiting>& appends, boost::system::error_code error) {
    std::size_t bytes = 0;
    for (const auto& waiting : appends) bytes += waiting.bytes;
    state_.waiting_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    for (auto& waiting : appends) waiting.done(waiting.refused ? waiting.refused : error);
    appends.clear();
}

}  // namespace pintle::journal
