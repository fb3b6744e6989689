#include "rocksdb/committer.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "pintle/base/message_hash.hpp"
#include "rocksdb/dead_letters.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/open_errors.hpp"

namespace pintle::journal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_batch = 4U << 20U;   // bytes
constexpr std::size_t max_spare = 1024;        // appends
constexpr std::size_t commit_overhead = 4096;  // bytes
constexpr std::size_t ack_bytes_per_ms = 1024;
constexpr std::uint64_t max_acked_unsynced = 1'000;  // records
constexpr std::size_t max_died = 512;                // bytes

// The later half of `offsets`, again and again until it has at most `limit` bytes; the rest leaves `offsets`.
std::string encode_latest(Intervals& offsets, std::size_t limit) {
    auto encoded = offsets.encode();
    while (encoded.size() > limit) {
        const auto ranges = offsets.ranges();
        offsets = {};
        for (auto i = (ranges.size() + 1) / 2; i < ranges.size(); ++i) offsets.add(ranges[i]);
        encoded = offsets.encode();
    }
    return encoded;
}

}  // namespace

Committer::Committer(Store& store, State& state, const JournalOptions& options, const Tuning& tuning,
                     std::uint64_t number)
    : store_(store),
      state_(state),
      tuning_(tuning),
      max_dead_letters_(options.max_dead_letters),
      message_ids_(options.dedupe_window, options.max_message_ids, sources_of_seen(store)),
      maintenance_(store, state, options.max_size, tuning),
      number_(number),
      retry_(tuning.first_retry) {
    maintenance_.measure();
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
        if (!state_.failed) maintenance_.run(Clock::now());
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
            if (state_.dirty) until = next_ack_;
            until = std::min(until, maintenance_.due());
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
    if (state_.appends.empty() || state_.stopping || state_.appends.size() >= commit_batch_target) return;
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
}

// Where the disk has failed, what cannot be written stays as it was at the last commit: those records come again.
bool Committer::done_with_all() const {
    if (!state_.appends.empty()) return false;
    return state_.failed || (state_.unwritten_facts.empty() && !state_.dirty);
}

Committer::PendingWork Committer::take() {
    PendingWork work;
    work.last = state_.stopping;
    take_appends(work);
    for (const auto& name : std::exchange(state_.unwritten_facts, {})) {
        work.metadata.emplace_back(name, state_.metadata[name]);
    }
    work.damaged_letters = std::exchange(state_.damaged_letters, {});
    if (state_.dirty && (work.last || Clock::now() >= next_ack_)) take_acked(work);
    return work;
}

// All of them, or as many as one batch may hold.
void Committer::take_appends(PendingWork& work) {
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
void Committer::take_acked(PendingWork& work) {
    work.letters.swap(state_.letters);
    state_.letter_bytes = 0;
    std::size_t bytes = 0;
    for (auto& stream : state_.streams) {
        work.acked += stream.acked.size();
        if (!std::exchange(stream.dirty, false)) continue;
        auto deletions = due_for_deletion(stream.acked, stream.deleted, state_.tight ? 1 : tuning_.worth_deleting);
        for (const auto& range : deletions) stream.deleted.add(range);
        work.progress.push_back({stream.id, stream.acked.encode(), stream.acked.size(), stream.acked_bytes, stream.lost,
                                 std::move(deletions)});
        bytes += work.progress.back().acked.size();
    }
    state_.dirty = false;
    // Where there are very many gaps it is written more rarely, so that it never costs more than 1 MiB a second.
    next_ack_ = Clock::now() + tuning_.ack_interval + milliseconds(bytes / ack_bytes_per_ms);
}

Commit Committer::prepare(PendingWork& work) {
    std::size_t size = commit_overhead;
    for (const auto& waiting : work.appends) size += waiting.bytes;
    Commit commit(store_, state_.streams, number_ + 1, size);
    for (auto& waiting : work.appends) {
        if (waiting.refused) continue;
        if (!message_ids_.remembers()) waiting.append.message_ids.clear();
        waiting.refused = commit.add(waiting.append);
    }
    for (const auto& waiting : work.letters) commit.add_letter(waiting.stream, waiting.letter);
    for (const auto& [name, value] : work.metadata) commit.add_fact(name, value);
    for (const auto& [stream, id] : work.damaged_letters) {
        const std::lock_guard lock(state_.mutex);
        commit.lose_letter(stream, id, state_.stream(stream).lost);
    }
    for (const auto& progress : work.progress) {
        commit.set_acked(progress.stream, progress.acked, progress.acked_bytes);
        if (progress.lost.any()) commit.set_lost(progress.stream, progress.lost);
        for (const auto& range : progress.deletions) commit.delete_records(progress.stream, range);
    }
    for (const auto& [of, messages] : commit.message_ids())
        message_ids_.add(of.first, messages.size() / sizeof(MessageHash), of.second);
    if (!commit.message_ids().empty()) {
        for (const auto& [source, before] : message_ids_.due()) commit.forget_seen(source, before);
    }
    if (commit.has_letters()) bound_letters(store_, state_.streams, max_dead_letters_, commit);
    return commit;
}

// Settled offsets are written for a process that dies and need no sync for that. But a machine that dies forgets what
// was not synced, and while nothing is appended nothing else would sync: this bounds what is delivered once more.
bool Committer::must_sync(const Commit& commit, const PendingWork& work) const {
    return commit.must_be_durable() || work.last || work.acked > acked_synced_ + max_acked_unsynced;
}

void Committer::commit(PendingWork work) {
    auto commit = prepare(work);
    const bool sync = must_sync(commit, work);
    const auto begin = Clock::now();
    auto status = store_.write(commit.finish(), sync);
    if (status.ok() && sync && !store_.is_linked())
        status = rocksdb::Status::IOError(store_.directory(), "files of the journal were removed");
    if (status.ok()) {
        if (commit.must_be_durable()) state_.commits.add(Clock::now() - begin);
        acked_written_ = std::max(acked_written_, work.acked);
        if (sync) acked_synced_ = acked_written_;
        retry_ = tuning_.first_retry;
        note(work, commit);
        succeed(commit, work, sync);
    } else {
        fail(std::move(commit), std::move(work), status);
    }
}

void Committer::succeed(Commit& commit, PendingWork& work, bool synced) {
    number_ = commit.number();
    {
        const std::lock_guard lock(state_.mutex);
        commit.publish(state_.streams);
        for (const auto& progress : work.progress) state_.stream(progress.stream).acked_written = progress.acked_count;
    }
    if (synced) {
        acknowledge();
    } else if (!work.progress.empty()) {
        store_.write_watermark();  // so that what was delivered is never taken for lost
    }
    commit.notify_listeners(state_.streams);
    std::uint64_t deleted = 0;
    std::size_t ranges = 0;
    for (const auto& progress : work.progress) {
        ranges += progress.deletions.size();
        for (const auto& range : progress.deletions) deleted += range.end - range.begin;
    }
    maintenance_.committed(commit.size(), {deleted, ranges, commit.letters_gone()});
    answer(work.appends, {});
    if (work.appends.capacity() <= max_spare) spare_ = std::move(work.appends);
}

// What `work` has settled. It is true whether or not it is synced.
void Committer::note(PendingWork& work, const Commit& commit) {
    auto& streams = store_.watermark()->streams;
    if (died_.size() < streams.size()) died_.resize(streams.size());
    for (auto& progress : work.progress) {
        if (progress.stream > streams.size()) continue;
        streams[progress.stream - 1].acked = std::move(progress.acked);
        streams[progress.stream - 1].losses = progress.lost;
    }
    if (!commit.has_letters()) return;
    for (const auto& waiting : work.letters) {
        if (waiting.stream <= died_.size()) died_[waiting.stream - 1].add(waiting.offset);
    }
    for (std::size_t i = 0; i < died_.size(); ++i) {
        if (died_[i].size() > 0) streams[i].died = encode_latest(died_[i], max_died);
    }
}

// What is on disk is known to be there even where its write-ahead log is damaged later.
void Committer::acknowledge() {
    auto& watermark = *store_.watermark();
    watermark.commit = number_;
    for (std::size_t i = 0; i < state_.streams.size(); ++i) {
        const auto& stream = state_.streams[i];
        if (i == watermark.streams.size()) watermark.streams.push_back({stream.id, stream.name, 0, {}, {}, {}, {}});
        watermark.streams[i].last = stream.last;
        watermark.streams[i].letters = stream.letters;
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
