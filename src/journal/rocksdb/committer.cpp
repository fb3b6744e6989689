#include "rocksdb/committer.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

#include "pintle/base/message_hash.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/dead_letters.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/losses.hpp"
#include "rocksdb/open_errors.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_batch = 4U << 20U;   // bytes
constexpr std::size_t max_spare = 1024;        // appends
constexpr std::size_t commit_overhead = 4096;  // bytes
constexpr std::size_t ack_bytes_per_ms = 1024;
constexpr std::uint64_t max_acked_unsynced = 1'000;  // records
constexpr std::size_t max_dead_lettered = 512;       // bytes

// Removes the lower half of the ranges until the encoding has at most `limit` bytes.
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

std::uint64_t last_commit(const Store& store) {
    const auto stored = store.get(keys::commit);
    if (!stored) return 0;
    std::string_view bytes(*stored);
    return get_varint(bytes).value_or(0);
}

Committer::Committer(Store& store, State& state, const JournalOptions& options, const Tuning& tuning,
                     std::uint64_t number)
    : store_(store),
      state_(state),
      tuning_(tuning),
      max_dead_letters_(options.max_dead_letters),
      message_ids_(options.dedupe_window, options.max_message_ids, sources_with_message_ids(store)),
      maintenance_(store, state, options.max_size, tuning),
      number_(number),
      retry_(tuning.first_retry) {
    maintenance_.measure();
    for (const auto& stream : store.watermark()->streams) {
        dead_lettered_.push_back(Intervals::decode(stream.dead_lettered).value_or(Intervals{}));
    }
}

void Committer::run() {
    MutexLock lock(state_.mutex);
    while (true) {
        wait_for_work();
        if (state_.failed && Clock::now() >= next_attempt_) {
            lock.unlock();
            try_to_recover();
            lock.lock();
        }
        // On busy cores the end of a sync preempts a thread that is about to append more: it goes on first. On a free
        // core this costs one system call.
        const auto waiting = state_.appends.size();
        if (waiting > 0 && waiting < commit_batch_target && !state_.failed && !state_.stopping) {
            lock.unlock();
            std::this_thread::yield();
            lock.lock();
        }
        if (state_.failed) {
            auto appends = std::exchange(state_.appends, {});
            lock.unlock();
            call_back(appends, error_);
            fail_stream_changes();
            lock.lock();
        } else if (auto work = take(); !work.empty()) {
            lock.unlock();
            commit(std::move(work));
            lock.lock();
        }
        if (state_.stopping && has_finished()) return;
        lock.unlock();
        if (!state_.failed) maintenance_.run(Clock::now());
        lock.lock();
    }
}

// Returns when there is an append, or when it is time for something else.
void Committer::wait_for_work() {
    while (state_.appends.empty() && state_.stream_changes.empty() && !state_.stopping) {
        auto until = Clock::time_point::max();
        if (state_.failed) {
            until = next_attempt_;
        } else {
            if (!state_.unwritten_metadata.empty() || !state_.damaged_letters.empty()) return;
            if (state_.dirty) until = next_ack_;
            until = std::min(until, maintenance_.due());
        }
        if (Clock::now() >= until) return;
        if (until == Clock::time_point::max()) {
            state_.wake.wait(state_.mutex);
        } else {
            state_.wake.wait_until(state_.mutex, until);
        }
    }
}

// If the disk has failed, the acks since the last commit cannot be written: those records are delivered again.
bool Committer::has_finished() const {
    if (!state_.appends.empty() || !state_.stream_changes.empty()) return false;
    return state_.failed || (state_.unwritten_metadata.empty() && !state_.dirty);
}

Committer::PendingWork Committer::take() {
    PendingWork work;
    work.last = state_.stopping;
    if (take_stream_change(work)) return work;
    take_appends(work);
    for (const auto& name : std::exchange(state_.unwritten_metadata, {})) {
        work.metadata.emplace_back(name, state_.metadata[name]);
    }
    work.damaged_letters = std::exchange(state_.damaged_letters, {});
    if (state_.dirty && (work.last || Clock::now() >= next_ack_)) take_acked(work);
    return work;
}

// Takes the next change of the streams, or what has to be written before it. Returns false if there is none.
bool Committer::take_stream_change(PendingWork& work) {
    while (!state_.stream_changes.empty()) {
        auto& next = state_.stream_changes.front();
        if (next.kind == StreamChange::Kind::discard) {
            const auto& stream = state_.stream(next.stream);
            if (stream.dirty || stream.unwritten_letters > 0) {
                take_acked(work);
                return true;
            }
        }
        work.change = std::move(next);
        state_.stream_changes.erase(state_.stream_changes.begin());
        if (work.change->kind != StreamChange::Kind::create) return true;
        const auto known = std::ranges::find(state_.streams, work.change->name, &StreamState::name);
        if (known == state_.streams.end()) return true;
        work.change->done.set_value(known->id);  // another thread has asked for it as well
        work.change.reset();
    }
    return false;
}

// All appends, up to the size of a batch.
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

// Letters are written together with the acks of their records, so that every event is at one place at any moment.
void Committer::take_acked(PendingWork& work) {
    work.letters.swap(state_.letters);
    state_.letter_bytes = 0;
    std::size_t bytes = 0;
    for (auto& stream : state_.streams) {
        work.acked += stream.acked.size();
        if (!std::exchange(stream.dirty, false)) continue;
        auto deletions = due_for_deletion(stream.acked, stream.deleted, state_.nearly_full ? 1 : tuning_.delete_from);
        for (const auto& range : deletions) stream.deleted.add(range);
        work.progress.push_back({stream.id, stream.acked.encode(), stream.acked.size(), stream.acked_bytes, stream.lost,
                                 std::move(deletions)});
        bytes += work.progress.back().acked.size();
    }
    state_.dirty = false;
    // The encoding is large if there are many gaps. It is then written less often, at up to 1 MiB/s.
    next_ack_ = Clock::now() + tuning_.ack_interval + milliseconds(bytes / ack_bytes_per_ms);
}

Commit Committer::prepare(PendingWork& work) {
    std::size_t size = commit_overhead;
    for (const auto& waiting : work.appends) size += waiting.bytes;
    Commit commit(store_, state_.streams_without_lock(), number_ + 1, size);
    for (auto& waiting : work.appends) {
        if (waiting.error) continue;
        if (!message_ids_.enabled()) waiting.append.message_ids.clear();
        waiting.error = commit.add(waiting.append);
    }
    for (auto& waiting : work.letters) commit.add_letter(waiting.stream, waiting.letter);
    for (const auto& [name, value] : work.metadata) commit.add_metadata(name, value);
    for (const auto& [stream, id] : work.damaged_letters) {
        const MutexLock lock(state_.mutex);
        commit.mark_letter_lost(stream, id, state_.stream(stream).lost);
    }
    if (work.change) add_stream_change(work, commit);
    for (const auto& progress : work.progress) {
        commit.set_acked(progress.stream, progress.acked, progress.acked_bytes);
        if (progress.lost.any()) commit.set_lost(progress.stream, progress.lost);
        for (const auto& range : progress.deletions) commit.delete_records(progress.stream, range);
    }
    for (const auto& [of, messages] : commit.message_ids())
        message_ids_.add(of.first, messages.size() / sizeof(MessageHash), of.second);
    if (!commit.message_ids().empty()) {
        for (const auto& [source, before] : message_ids_.due()) commit.delete_message_ids(source, before);
    }
    if (commit.has_letters()) bound_letters(store_, state_.streams_without_lock(), max_dead_letters_, commit);
    return commit;
}

void Committer::add_stream_change(PendingWork& work, Commit& commit) {
    const MutexLock lock(state_.mutex);
    auto& change = *work.change;
    switch (change.kind) {
        case StreamChange::Kind::create:
            change.stream = static_cast<Stream>(state_.streams.size() + 1);
            commit.set_name(change.stream, change.name);
            commit.require_durable();
            break;
        case StreamChange::Kind::rename:
            for (const auto& [from, to, metadata] : change.renames) {
                const auto id_of = [&streams = std::as_const(state_.streams)](const std::string& name) {
                    const auto found = std::ranges::find(streams, name, &StreamState::name);
                    return found == streams.end() ? Stream{0} : found->id;
                };
                commit.rename(from, to, id_of(from), id_of(to));
                for (const auto& [old_name, new_name] : metadata) {
                    const auto value = state_.metadata.find(old_name);
                    if (value == state_.metadata.end() || value->second.empty()) continue;
                    commit.add_metadata(new_name, value->second);
                    commit.add_metadata(old_name, "");
                }
            }
            break;
        case StreamChange::Kind::discard: add_discard(work, commit); break;
    }
}

// All that is pending counts as acked, and as letters that were purged.
void Committer::add_discard(PendingWork& work, Commit& commit) {
    auto& stream = state_.stream(work.change->stream);
    commit.discard_letters(stream.id, stream.pending());
    if (stream.last == 0) return;
    Intervals all;
    all.add(Range{1, stream.last + 1});
    auto deletions = due_for_deletion(all, stream.deleted, 1);
    work.progress.push_back(
        {stream.id, all.encode(), all.size(), stream.record_bytes, stream.lost, std::move(deletions)});
}

// Makes a change visible that is on disk. Returns the stream that it created.
Stream Committer::apply_stream_change(const PendingWork& work) {
    const auto& change = *work.change;
    switch (change.kind) {
        case StreamChange::Kind::create: {
            auto& stream = state_.streams.emplace_back();
            stream.id = change.stream;
            stream.name = change.name;
            break;
        }
        case StreamChange::Kind::rename:
            for (const auto& [from, to, metadata] : change.renames) {
                const auto stream = std::ranges::find(state_.streams, from, &StreamState::name);
                const auto other = std::ranges::find(state_.streams, to, &StreamState::name);
                if (other != state_.streams.end()) other->name = from;
                if (stream != state_.streams.end()) stream->name = to;
                for (const auto& [old_name, new_name] : metadata) {
                    const auto value = state_.metadata.find(old_name);
                    if (value == state_.metadata.end() || value->second.empty()) continue;
                    state_.metadata.insert_or_assign(new_name, std::exchange(value->second, {}));
                }
            }
            break;
        case StreamChange::Kind::discard: {
            auto& stream = state_.stream(change.stream);
            for (const auto& progress : work.progress) {
                stream.acked.add(Range{1, stream.last + 1});
                for (const auto& range : progress.deletions) stream.deleted.add(range);
            }
            break;
        }
    }
    return change.stream;
}

void Committer::fail_stream_changes() {
    std::vector<StreamChange> changes;
    std::string error;
    {
        const MutexLock lock(state_.mutex);
        changes.swap(state_.stream_changes);
        error = "the journal cannot be written: " + state_.error;
    }
    for (auto& change : changes) change.done.set_exception(std::make_exception_ptr(std::runtime_error(error)));
}

// Acks are written without a sync, which suffices for a crash of the process. After a power cut the acks since the last
// sync are gone, and without appends nothing else syncs: this limits how many records are delivered again.
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
        if (commit.must_be_durable() && !work.change) state_.commits.add(Clock::now() - begin);
        acked_written_ = std::max(acked_written_, work.acked);
        if (sync) acked_synced_ = acked_written_;
        retry_ = tuning_.first_retry;
        note_acked(work, commit);
        succeed(commit, work, sync);
    } else {
        fail(std::move(commit), std::move(work), status);
    }
}

void Committer::succeed(Commit& commit, PendingWork& work, bool synced) {
    number_ = commit.number();
    Stream created = 0;
    {
        const MutexLock lock(state_.mutex);
        if (work.change && work.change->kind == StreamChange::Kind::discard) {
            // `publish` takes the new letters of records from these.
            auto& stream = state_.stream(work.change->stream);
            stream.unwritten_letters += stream.pending();
        }
        commit.publish(state_.streams);
        if (work.change) created = apply_stream_change(work);
        for (const auto& progress : work.progress) state_.stream(progress.stream).acked_written = progress.acked_count;
    }
    if (synced) {
        advance_watermark();
    } else if (!work.progress.empty()) {
        store_.write_watermark();  // or what was delivered would count as lost
    }
    commit.notify_listeners(state_.streams_without_lock());
    notify_of_letters(work);
    std::uint64_t deleted = 0;
    std::size_t ranges = 0;
    for (const auto& progress : work.progress) {
        ranges += progress.deletions.size();
        for (const auto& range : progress.deletions) deleted += range.end - range.begin;
    }
    maintenance_.committed(commit.size(), {deleted, ranges, commit.letters_removed()});
    call_back(work.appends, {});
    if (work.change && !state_.failed) work.change->done.set_value(created);
    if (work.appends.capacity() <= max_spare) spare_ = std::move(work.appends);
}

void Committer::notify_of_letters(PendingWork& work) {
    std::map<Stream, std::vector<CommittedLetter>> committed;
    for (auto& waiting : work.appends) {
        if (waiting.error) continue;
        for (auto& [stream, letter, message] : waiting.append.dead_letters)
            committed[stream].push_back({0, std::move(letter)});
    }
    for (auto& waiting : work.letters) committed[waiting.stream].push_back({waiting.offset, std::move(waiting.letter)});
    for (auto& [stream, letters] : committed) {
        auto& state = state_.streams_without_lock()[stream - 1];
        const MutexLock lock(state.listener_mutex);
        if (state.letters_committed) state.letters_committed(std::move(letters));
    }
}

// The acks of `work` are true whether or not they are synced.
void Committer::note_acked(PendingWork& work, const Commit& commit) {
    auto& streams = store_.watermark()->streams;
    if (dead_lettered_.size() < streams.size()) dead_lettered_.resize(streams.size());
    for (auto& progress : work.progress) {
        if (progress.stream > streams.size()) continue;
        streams[progress.stream - 1].acked = std::move(progress.acked);
        streams[progress.stream - 1].losses = progress.lost;
    }
    if (!commit.has_letters()) return;
    const bool discards = work.change && work.change->kind == StreamChange::Kind::discard;
    for (const auto& progress : work.progress) {
        const auto last = commit.last(progress.stream);
        if (discards && progress.stream <= dead_lettered_.size())
            dead_lettered_[progress.stream - 1].add(Range{1, last + 1});
    }
    for (const auto& waiting : work.letters) {
        if (waiting.stream <= dead_lettered_.size()) dead_lettered_[waiting.stream - 1].add(waiting.offset);
    }
    for (std::size_t i = 0; i < dead_lettered_.size(); ++i) {
        if (dead_lettered_[i].size() > 0)
            streams[i].dead_lettered = encode_latest(dead_lettered_[i], max_dead_lettered);
    }
}

// Records what is on disk, so that it is missed if the write-ahead log is damaged later.
void Committer::advance_watermark() {
    auto& watermark = *store_.watermark();
    const auto& streams = state_.streams_without_lock();
    watermark.commit = number_;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const auto& stream = streams[i];
        if (i == watermark.streams.size()) watermark.streams.push_back({stream.id, stream.name, 0, {}, {}, {}, {}});
        if (watermark.streams[i].name != stream.name) watermark.streams[i].name = stream.name;
        watermark.streams[i].last = stream.last;
        watermark.streams[i].letters = stream.letters;
    }
    store_.write_watermark();
}

void Committer::call_back(std::vector<PendingAppend>& appends, boost::system::error_code error) {
    std::size_t bytes = 0;
    for (const auto& waiting : appends) bytes += waiting.bytes;
    state_.pending_append_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    for (auto& waiting : appends) waiting.done(waiting.error ? waiting.error : error);
    appends.clear();
}

void Committer::fail(Commit commit, PendingWork work, const rocksdb::Status& status) {
    error_ = error_of(status);
    {
        const MutexLock lock(state_.mutex);
        state_.error = status.ToString();
    }
    next_attempt_ = Clock::now() + retry_;
    if (!state_.failed.exchange(true)) logging::error("journal_failed error=\"{}\"", status.ToString());
    auto appends = std::move(work.appends);
    if (work.change) {
        work.change->done.set_exception(
            std::make_exception_ptr(std::runtime_error("the journal cannot be written: " + status.ToString())));
    }
    failed_.emplace(Failed{std::move(commit), std::move(work)});
    call_back(appends, error_);
}

// After a transient error appends succeed again soon; a lasting one costs one attempt a second.
void Committer::try_to_recover() {
    retry_ = std::min(2 * retry_, tuning_.last_retry);
    next_attempt_ = Clock::now() + retry_;
    // If the disk is still full, reopening would fail and leave the readers without a database.
    if (!store_.disk_takes_writes()) return;
    if (const auto status = recover(); status.ok()) {
        state_.failed = false;
        {
            const MutexLock lock(state_.mutex);
            state_.error.clear();
        }
        logging::info("journal_recovered");
    } else {
        logging::warn("journal_not_recovered error=\"{}\"", status.ToString());
    }
    next_attempt_ = Clock::now() + retry_;
}

rocksdb::Status Committer::recover() {
    try {
        if (auto status = store_.reopen(); !status.ok()) return status;
        resolve_failed();
    } catch (const std::runtime_error& error) {
        return rocksdb::Status::IOError(error.what());
    }
    Commit trial(store_, state_.streams_without_lock(), number_ + 1);
    if (rewrite_) rewrite_all(trial);
    auto status = store_.write(trial.finish(), true);
    if (status.ok()) {
        number_ = trial.number();
        rewrite_ = store_.watermark()->losses_uncounted = false;
        advance_watermark();
    } else {
        fail(std::move(trial), {}, status);
    }
    return status;
}

void Committer::resolve_failed() {
    const auto on_disk = last_commit(store_);
    if (on_disk < number_) logging::critical("journal_lost commits={} last={}", number_ - on_disk, on_disk);
    rewrite_ = on_disk < number_ || store_.has_holes();
    if (rewrite_) count_losses_of_running(store_, state_);
    if (!failed_) return;
    auto failed = std::move(*failed_);
    failed_.reset();
    if (on_disk == failed.commit.number()) {
        note_acked(failed.work, failed.commit);
        succeed(failed.commit, failed.work, false);
    } else {
        restore(failed.work);
    }
}

// Writes all that the lost commits may have held.
void Committer::rewrite_all(Commit& commit) {
    const MutexLock lock(state_.mutex);
    commit.delete_names();
    for (auto& stream : state_.streams) {
        commit.set_name(stream.id, stream.name);
        commit.set_acked(stream.id, stream.acked.encode(), 0);  // the next commit writes the bytes
        commit.set_lost(stream.id, stream.lost);
        commit.set_letters(stream.id);
        stream.deleted = {};  // deleting again is harmless
        stream.dirty = true;
    }
    state_.dirty = true;
    for (const auto& [name, value] : state_.metadata) commit.add_metadata(name, value);
}

void Committer::restore(PendingWork& work) {
    const MutexLock lock(state_.mutex);
    for (const auto& waiting : work.letters) state_.letter_bytes += size_of(waiting.letter);
    state_.letters.insert(state_.letters.begin(), std::make_move_iterator(work.letters.begin()),
                          std::make_move_iterator(work.letters.end()));
    state_.damaged_letters.merge(work.damaged_letters);
    for (const auto& metadata_key : work.metadata) state_.unwritten_metadata.insert(metadata_key.first);
    for (const auto& progress : work.progress) {
        auto& stream = state_.stream(progress.stream);
        stream.deleted = {};  // deleting again is harmless
        stream.dirty = true;
        state_.dirty = true;
    }
}

}  // namespace pintle::journal
