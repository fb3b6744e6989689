#include "rocksdb/rocks_journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/system/errc.hpp>

#include "pintle/base/time.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/committer.hpp"
#include "rocksdb/dead_letters.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/load.hpp"
#include "rocksdb/losses.hpp"
#include "rocksdb/message_id_expiry.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t max_pending_append_bytes = 64U << 20U;
constexpr std::size_t max_unwritten_letter_bytes = 64U << 20U;
constexpr std::chrono::seconds stream_change_timeout{30};

// Such an append makes room, so it is accepted by a full journal.
bool only_removes(const WriteBatch& append) {
    return append.records.empty() && append.dead_letters.empty() && append.message_ids.empty() &&
           !append.removed.empty();
}

}  // namespace

// How much a read may still return.
struct RocksJournal::ReadBudget {
    std::size_t records = 0;
    std::size_t bytes = 0;

    bool is_used_up() const { return records == 0 || bytes == 0; }
    void take(std::size_t size) {
        --records;
        bytes -= std::min(bytes, size);
    }
};

RocksJournal::RocksJournal(const JournalOptions& options, rocksdb::Env* env, const Tuning& tuning)
    : max_size_(options.max_size),
      read_only_(options.read_only),
      record_read_failures_(tuning.damage_timeout),
      letter_read_failures_(tuning.damage_timeout),
      store_(options.directory, env, options.read_only, tuning.write_buffer) {
    check_format(store_, options.directory, options.read_only);
    load(store_, state_.streams, state_.metadata);
    const bool lost = count_losses(store_, state_.streams);
    for (auto& stream : state_.streams) stream.count_delivered();
    state_.bytes_on_disk = store_.bytes_on_disk();
    state_.stopping = options.read_only;
    if (options.read_only) return;
    store_.finish_creation();
    auto number = std::max(last_commit(store_), store_.watermark() ? store_.watermark()->commit : 0);
    if (lost) write_losses(++number);
    begin_watermark(number);
    commit_thread_ = std::thread([this, options, tuning, number] {
        pthread_setname_np(pthread_self(), "commit");
        Committer(store_, state_, options, tuning, number).run();
    });
}

// Right away: until then only the watermark reveals them.
void RocksJournal::write_losses(std::uint64_t number) {
    auto& streams = state_.streams_without_lock();  // the commit thread does not run yet
    Commit commit(store_, streams, number);
    commit.delete_names();
    for (auto& stream : streams) {
        commit.set_name(stream.id, stream.name);
        commit.set_acked(stream.id, stream.acked.encode(), stream.acked_bytes);
        commit.set_lost(stream.id, stream.lost);
        commit.set_letters(stream.id);
        stream.acked_written = stream.acked.size();
    }
    if (const auto status = store_.write(commit.finish(), true); !status.ok()) {
        throw std::runtime_error("the journal cannot be written: " + status.ToString());
    }
    commit.publish(streams);
}

// All that was loaded is on disk: opening the database has flushed the write-ahead log.
void RocksJournal::begin_watermark(std::uint64_t number) {
    const auto before = std::exchange(store_.watermark(), HighWatermark{});
    store_.watermark()->commit = number;
    for (const auto& stream : state_.streams_without_lock()) {
        const auto* confirmed = before ? before->find(stream.id) : nullptr;
        store_.watermark()->streams.push_back({stream.id, stream.name, stream.last, stream.letters, stream.lost,
                                               stream.acked.encode(),
                                               confirmed != nullptr ? confirmed->dead_lettered : std::string()});
    }
    store_.record_manifest();
    if (number > 0) store_.write_watermark();
}

RocksJournal::~RocksJournal() {
    close();
}

void RocksJournal::close() {
    const MutexLock closing(closing_mutex_);
    {
        const MutexLock lock(state_.mutex);
        state_.stopping = true;
    }
    state_.wake.notify_one();
    if (commit_thread_.joinable()) commit_thread_.join();
    store_.close();
}

Stream RocksJournal::create_or_open_stream(std::string_view name) {
    if (const auto known = find_stream(name)) return *known;
    StreamChange change;
    change.name = name;
    return change_streams(std::move(change));
}

void RocksJournal::rename_streams(std::vector<StreamRename> renames) {
    StreamChange change;
    change.kind = StreamChange::Kind::rename;
    change.renames = std::move(renames);
    change_streams(std::move(change));
}

void RocksJournal::discard(Stream stream) {
    StreamChange change;
    change.kind = StreamChange::Kind::discard;
    change.stream = stream;
    change_streams(std::move(change));
}

// Waits for the commit thread.
Stream RocksJournal::change_streams(StreamChange change) {
    auto done = change.done.get_future();
    {
        const MutexLock lock(state_.mutex);
        if (state_.stopping) throw std::runtime_error("the journal cannot be written: it is closed");
        state_.stream_changes.push_back(std::move(change));
    }
    state_.wake.notify_one();
    if (done.wait_for(stream_change_timeout) != std::future_status::ready)
        throw std::runtime_error("the journal cannot be written: the disk is slow");
    return done.get();
}

std::optional<Stream> RocksJournal::find_stream(std::string_view name) const {
    const MutexLock lock(state_.mutex);
    const auto found = std::ranges::find(state_.streams, name, &StreamState::name);
    if (found == state_.streams.end()) return std::nullopt;
    return found->id;
}

std::vector<std::string> RocksJournal::streams() const {
    const MutexLock lock(state_.mutex);
    std::vector<std::string> names;
    names.reserve(state_.streams.size());
    for (const auto& stream : state_.streams) names.push_back(stream.name);
    return names;
}

void RocksJournal::subscribe(Stream stream, CommitListener committed) {
    auto& state = state_.streams_without_lock().at(stream - 1);
    const MutexLock lock(state.listener_mutex);
    state.committed = std::move(committed);
}

void RocksJournal::subscribe_dead_letters(Stream stream, DeadLetterListener committed) {
    auto& state = state_.streams_without_lock().at(stream - 1);
    const MutexLock lock(state.listener_mutex);
    state.letters_committed = std::move(committed);
}

bool RocksJournal::has_room() const noexcept {
    return !state_.failed && !state_.full && !state_.stopping &&
           state_.pending_append_bytes.load(std::memory_order_relaxed) < max_pending_append_bytes;
}

bool RocksJournal::has_room(Stream stream) const noexcept {
    return has_room() && !state_.streams_without_lock()[stream - 1].full.load(std::memory_order_relaxed);
}

void RocksJournal::set_share(Stream stream, std::uint64_t max_bytes) {
    state_.streams_without_lock().at(stream - 1).max_bytes = max_bytes;
}

bool RocksJournal::is_within_share(const WriteBatch& append) const noexcept {
    const auto is_full = [this](Stream stream) {
        return state_.streams_without_lock()[stream - 1].full.load(std::memory_order_relaxed);
    };
    return std::ranges::none_of(append.records, is_full, &WriteBatch::Entry::stream) &&
           std::ranges::none_of(append.dead_letters, is_full, &WriteBatch::Letter::stream);
}

void RocksJournal::append(WriteBatch append, WriteCallback done) {
    namespace errc = boost::system::errc;
    PendingAppend waiting{std::move(append), std::move(done), 0, {}};
    const bool within_share = is_within_share(waiting.append);
    if ((has_room() && within_share) || (state_.full && only_removes(waiting.append))) {
        waiting.bytes = size_of(waiting.append);
    } else if (!state_.failed) {
        const bool full = state_.full || !within_share;
        waiting.error = make_error_code(full ? errc::no_space_on_device : errc::no_buffer_space);
        waiting.append = {};
    }
    {
        MutexLock lock(state_.mutex);
        if (!state_.stopping) {
            state_.pending_append_bytes.fetch_add(waiting.bytes, std::memory_order_relaxed);
            state_.appends.push_back(std::move(waiting));
            const bool is_worth_a_commit = state_.appends.size() % commit_batch_target == 0;
            lock.unlock();
            state_.wake.notify_one();
            if (is_worth_a_commit) std::this_thread::yield();  // to the commit thread, if it waits for this core
            return;
        }
    }
    waiting.done(make_error_code(errc::operation_canceled));
}

std::vector<StoredRecord> RocksJournal::read(Stream stream, Offset after, std::size_t limit, std::size_t bytes) const {
    std::vector<StoredRecord> records;
    ReadBudget budget{limit, bytes};
    if (budget.is_used_up() || after == UINT64_MAX) return records;
    const auto last = this->last(stream);  // before the cursor is made, which sees no later record
    auto cursor =
        store_.scan(ColumnFamily::records, keys::numbered(stream, after + 1), keys::numbered(stream, last + 1));
    for (auto run = pending_run(stream, after + 1, last); run.begin < run.end;
         run = pending_run(stream, run.end, last)) {
        read_run(stream, run, cursor, budget, records);
        if (budget.is_used_up()) break;
    }
    return records;
}

// The first run of pending offsets from `from` on; empty if there is none.
Range RocksJournal::pending_run(Stream stream, Offset from, Offset last) const {
    const MutexLock lock(state_.mutex);
    const auto& acked = state_.stream(stream).acked;
    const auto begin = acked.first_outside(from);
    return {begin, std::min(acked.first_inside(begin), last + 1)};
}

void RocksJournal::read_run(Stream stream, Range run, Cursor& cursor, ReadBudget& budget,
                            std::vector<StoredRecord>& records) const {
    if (!cursor.valid() || keys::number_of(cursor.key()) != run.begin) cursor.seek(keys::numbered(stream, run.begin));
    for (auto expected = run.begin; expected < run.end && !budget.is_used_up(); ++expected) {
        if (cursor.is_damaged()) {
            expected = read_damaged(stream, {expected, run.end}, cursor, budget, records) - 1;
            continue;
        }
        cursor.check();
        const auto found = cursor.valid() ? std::min(keys::number_of(cursor.key()), run.end) : run.end;
        if (found != expected) state_.mark_lost(stream, {expected, found});
        if (found == run.end) return;
        records.push_back({found, std::string(cursor.value())});
        budget.take(records.back().bytes.size());
        expected = found;
        cursor.next();
    }
}

// Reads one record after the other, as the cursor does not get past a damaged block. Returns the offset at which the
// cursor can continue. Throws if nothing was read yet and the next record may become readable.
Offset RocksJournal::read_damaged(Stream stream, Range run, Cursor& cursor, ReadBudget& budget,
                                  std::vector<StoredRecord>& records) const {
    auto lost_from = run.begin;
    bool given_up = false;
    for (auto at = run.begin; at < run.end; ++at) {
        std::optional<std::string> value;
        const auto status = store_.find(ColumnFamily::records, keys::numbered(stream, at), value);
        if (value) {
            if (lost_from < at) state_.mark_lost(stream, {lost_from, at});
            lost_from = at + 1;
            budget.take(value->size());
            records.push_back({at, std::move(*value)});
            cursor.seek(keys::numbered(stream, at + 1));
            if (budget.is_used_up() || !cursor.is_damaged()) return at + 1;
            given_up = false;
            continue;
        }
        if (status.IsCorruption() && !given_up) {
            given_up = read_only_ || record_read_failures_.give_up(stream, at, std::chrono::steady_clock::now());
        }
        if (status.ok() || given_up) continue;
        if (lost_from < at) state_.mark_lost(stream, {lost_from, at});
        if (!records.empty()) {  // return them; the next read starts here
            budget.records = 0;
            return at;
        }
        throw std::runtime_error("the journal cannot be read at offset " + std::to_string(at) + ": " +
                                 status.ToString());
    }
    if (lost_from < run.end) state_.mark_lost(stream, {lost_from, run.end});
    return run.end;
}

Offset RocksJournal::first_pending(Stream stream) const {
    const MutexLock lock(state_.mutex);
    return state_.stream(stream).first_pending();
}

Offset RocksJournal::last(Stream stream) const {
    const MutexLock lock(state_.mutex);
    return state_.stream(stream).last;
}

std::uint64_t RocksJournal::pending(Stream stream) const {
    const MutexLock lock(state_.mutex);
    return state_.stream(stream).pending();
}

std::uint64_t RocksJournal::unwritten_acks(Stream stream) const {
    const MutexLock lock(state_.mutex);
    return state_.stream(stream).acked.size() - state_.stream(stream).acked_written;
}

// Returns false if the record is not pending.
bool RocksJournal::ack(StreamState& stream, Offset offset, std::size_t bytes) {
    if (offset == 0 || offset > stream.last || stream.acked.contains(offset)) return false;
    if (bytes == unknown_size) {
        stream.ack_bytes_of(1);
    } else {
        stream.acked_bytes += bytes;
    }
    stream.acked.add(offset);
    stream.dirty = true;
    if (!std::exchange(state_.dirty, true)) state_.wake.notify_one();
    return true;
}

void RocksJournal::ack(Stream stream, Offset offset, std::size_t bytes) {
    const MutexLock lock(state_.mutex);
    auto& state = state_.stream(stream);
    if (ack(state, offset, bytes)) ++state.delivered;
}

void RocksJournal::dead_letter(Stream stream, Offset offset, std::size_t bytes, DeadLetter letter) {
    const MutexLock lock(state_.mutex);
    // While the disk fails, letters are kept in memory up to this limit. Beyond it the records stay pending and are
    // sent again after the next start.
    if (state_.letter_bytes > max_unwritten_letter_bytes) {
        logging::error("dead_letter_deferred destination={} offset={}", state_.stream(stream).name, offset);
        return;
    }
    if (!ack(state_.stream(stream), offset, bytes)) return;
    ++state_.stream(stream).unwritten_letters;
    state_.letter_bytes += size_of(letter);
    state_.letters.push_back({stream, offset, std::move(letter)});
}

std::vector<DeadLetter> RocksJournal::dead_letters(Stream stream, std::uint64_t after, std::size_t limit) const {
    const auto totals = [&] {
        const MutexLock lock(state_.mutex);
        return state_.stream(stream).letters;
    }();
    auto read = read_letters(store_, stream, std::max(after, totals.first - 1), totals.next, limit);
    if (!read.damaged.empty()) report_damaged(stream, read.damaged);
    return std::move(read.letters);
}

// Unreadable letters are skipped, and count as lost after several failed reads; at once in a journal that is only read,
// where nothing becomes of it.
void RocksJournal::report_damaged(Stream stream, const std::vector<std::uint64_t>& ids) const {
    if (read_only_) {
        const MutexLock lock(state_.mutex);
        for (const auto id : ids)
            state_.stream(stream).lost.letters += state_.damaged_letters.insert({stream, id}).second ? 1U : 0U;
        return;
    }
    std::vector<std::uint64_t> lost;
    for (const auto id : ids) {
        if (letter_read_failures_.give_up(stream, id, std::chrono::steady_clock::now())) lost.push_back(id);
    }
    const MutexLock lock(state_.mutex);
    logging::error("dead_letters_unreadable destination={} count={} first={} last={}", state_.stream(stream).name,
                   ids.size(), ids.front(), ids.back());
    if (lost.empty() || state_.stopping) return;
    for (const auto id : lost) state_.damaged_letters.insert({stream, id});
    state_.wake.notify_one();
}

StreamUsage RocksJournal::stream_usage(Stream stream) const {
    const MutexLock lock(state_.mutex);
    const auto& state = state_.stream(stream);
    return {state.pending_bytes(), state.max_bytes, state.full, {}};
}

DeadLetterUsage RocksJournal::dead_letter_usage(Stream stream) const {
    const MutexLock lock(state_.mutex);
    const auto& totals = state_.stream(stream).letters;
    return {totals.count, totals.bytes, totals.next - 1};
}

Ledger RocksJournal::ledger(Stream stream) const {
    const MutexLock lock(state_.mutex);
    return state_.stream(stream).ledger();
}

void RocksJournal::message_ids_since(WallTime since, const VisitMessageIds& visit) const {
    read_message_ids(store_, since, visit);
}

std::optional<std::string> RocksJournal::metadata(std::string_view name) const {
    const MutexLock lock(state_.mutex);
    const auto metadata_key = state_.metadata.find(name);
    return metadata_key == state_.metadata.end() ? std::nullopt : std::optional(metadata_key->second);
}

void RocksJournal::set_metadata(std::string_view name, std::string_view value) {
    {
        const MutexLock lock(state_.mutex);
        state_.metadata.insert_or_assign(std::string(name), std::string(value));
        state_.unwritten_metadata.emplace(name);
    }
    state_.wake.notify_one();
}

// The directory belongs to this process, and so do all streams.
void RocksJournal::subscribe_ownership(Stream /*stream*/, OwnershipListener changed) {
    if (changed) changed(OwnershipChange::began);
}

void RocksJournal::submit(Stream stream, std::string command, WriteCallback done) {
    const MutexLock lock(commands_mutex_);
    const auto listener = command_listeners_.find(stream);
    if (listener == command_listeners_.end())
        return done(make_error_code(boost::system::errc::operation_not_supported));
    listener->second(command, [done = std::move(done)] { done({}); });
}

// When this returns, no earlier listener is running.
void RocksJournal::subscribe_commands(Stream stream, CommandListener listener) {
    const MutexLock lock(commands_mutex_);
    if (listener) {
        command_listeners_[stream] = std::move(listener);
    } else {
        command_listeners_.erase(stream);
    }
}

Usage RocksJournal::usage() const {
    Usage usage;
    usage.bytes_on_disk = state_.bytes_on_disk;
    usage.max_bytes = max_size_;
    usage.bytes_free = store_.bytes_free();
    usage.full = state_.full;
    usage.disk_full = usage.full && usage.bytes_on_disk <= usage.max_bytes;
    usage.commits = state_.commits.times();
    const MutexLock lock(state_.mutex);
    for (const auto& stream : state_.streams) usage.dead_letters += stream.letters.count;
    usage.error = state_.error;
    if (usage.error.empty() && !store_.watermark_is_linked()) usage.error = "the files of the journal were removed";
    return usage;
}

std::unique_ptr<Journal> open_journal(const JournalOptions& options, rocksdb::Env* env, const Tuning& tuning) {
    return std::make_unique<RocksJournal>(options, env, tuning);
}

std::unique_ptr<Journal> open_journal(const JournalOptions& options) {
    return open_journal(options, rocksdb::Env::Default());
}

}  // namespace pintle::journal
