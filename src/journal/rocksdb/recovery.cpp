// What the commit thread does when the disk refuses. There is one way back, whatever failed: close the database and
// open it again, so that what it holds is what is on disk. Only then it is known whether the failed commit is there: a
// failed sync may well have left it in the write-ahead log. Its number tells. If it is, its records are made visible
// like any others (their senders were told to repeat them, which is harmless); if not, their offsets are given anew.
#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "pintle/logging/logging.hpp"
#include "rocksdb/committer.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/losses.hpp"
#include "rocksdb/open_errors.hpp"
#include "varint.hpp"

namespace pintle::journal {
std::uint64_t last_commit(const Store& store) {
    const auto stored = store.get(keys::commit);
    if (!stored) return 0;
    std::string_view bytes(*stored);
    return take_varint(bytes).value_or(0);
}

void Committer::fail(Commit commit, PendingWork work, const rocksdb::Status& status) {
    error_ = error_of(status);
    {
        const std::lock_guard lock(state_.mutex);
        state_.error = status.ToString();
    }
    next_attempt_ = Clock::now() + retry_;
    if (!state_.failed.exchange(true)) logging::error("journal_failed error=\"{}\"", status.ToString());
    auto appends = std::move(work.appends);
    failed_.emplace(Failed{std::move(commit), std::move(work)});
    answer(appends, error_);
}

void Committer::refuse_all(std::unique_lock<std::mutex>& lock) {
    auto appends = std::exchange(state_.appends, {});
    lock.unlock();
    answer(appends, error_);
    lock.lock();
}

// A fault that passes costs its senders a moment; one that lasts is not met with more than a try a second.
void Committer::try_to_recover() {
    retry_ = std::min(2 * retry_, tuning_.last_retry);
    next_attempt_ = Clock::now() + retry_;
    // Opening anew while the disk is still full would only cost the readers their database.
    if (!store_.disk_takes_writes()) return;
    if (const auto status = recover(); status.ok()) {
        state_.failed = false;
        {
            const std::lock_guard lock(state_.mutex);
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
    Commit trial(store_, state_.streams, number_ + 1);
    if (rewrite_) write_all(trial);
    auto status = store_.write(trial.finish(), true);
    if (status.ok()) {
        number_ = trial.number();
        rewrite_ = store_.watermark()->suspect = false;
        acknowledge();
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
        note(failed.work, failed.commit);
        succeed(failed.commit, failed.work, false);
    } else {
        put_back(failed.work);
    }
}

// What is known and may have gone with the commits that the disk lost.
void Committer::write_all(Commit& commit) {
    const std::lock_guard lock(state_.mutex);
    for (auto& stream : state_.streams) {
        commit.set_name(stream.id, stream.name);
        commit.set_acked(stream.id, stream.acked.encode(), 0);  // the bytes follow with the next one
        commit.set_lost(stream.id, stream.lost);
        commit.set_letters(stream.id);
        stream.deleted = {};  // deleting once more is harmless
        stream.dirty = true;
    }
    state_.dirty = true;
    for (const auto& [name, value] : state_.metadata) commit.add_fact(name, value);
}

void Committer::put_back(PendingWork& work) {
    const std::lock_guard lock(state_.mutex);
    for (const auto& waiting : work.letters) state_.letter_bytes += size_of(waiting.letter);
    state_.letters.insert(state_.letters.begin(), std::make_move_iterator(work.letters.begin()),
                          std::make_move_iterator(work.letters.end()));
    state_.damaged_letters.merge(work.damaged_letters);
    for (const auto& metadata_key : work.metadata) state_.unwritten_facts.insert(metadata_key.first);
    for (const auto& progress : work.progress) {
        auto& stream = state_.stream(progress.stream);
        stream.deleted = {};  // deleting once more is harmless
        stream.dirty = true;
        state_.dirty = true;
    }
}

}  // namespace pintle::journal
