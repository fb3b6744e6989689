#include "journal/rocks_journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <boost/system/errc.hpp>

#include "journal/committer.hpp"
#include "journal/keys.hpp"
#include "journal/letters.hpp"
#include "journal/load.hpp"
#include "journal/losses.hpp"
#include "journal/seen.hpp"
#include "journal/varint.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t max_waiting = 64U << 20U;  // bytes of appends that wait for the disk
constexpr std::size_t max_waiting_letters = 64U << 20U;

// It makes room, so it needs none.
bool only_removes(const Append& append) {
    return append.records.empty() && append.dead_letters.empty() && append.seen.empty() && !append.removed.empty();
}

}  // namespace

// How much a reader still wants.
struct RocksJournal::Wanted {
    std::size_t records = 0;
    std::size_t bytes = 0;

    bool nothing() const { return records == 0 || bytes == 0; }
    void take(std::size_t size) {
        --records;
        bytes -= std::min(bytes, size);
    }
};

RocksJournal::RocksJournal(const JournalOptions& options, rocksdb::Env* env, const Pace& pace)
    : max_size_(options.max_size),
      damaged_records_(pace.damage_patience),
      damaged_letters_(pace.damage_patience),
      store_(options.directory, env, options.read_only, pace.write_buffer) {
    check_format(store_, options.directory, options.read_only);
    load(store_, state_);
    const bool lost = count_losses(store_, state_);
    for (auto& log : state_.logs) log.count_delivered();
    state_.bytes_on_disk = store_.bytes_on_disk();
    state_.stopping = options.read_only;
    if (options.read_only) return;
    store_.finish_creation();
    auto number = std::max(last_commit(store_), store_.watermark() ? store_.watermark()->commit : 0);
    if (lost) write_losses(++number);
    begin_watermark(number);
    commit_thread_ = std::thread([this, options, pace, number] {
        pthread_setname_np(pthread_self(), "commit");
        Committer(store_, state_, options, pace, number).run();
    });
}

// At once: until then nothing but the watermark knows of them.
void RocksJournal::write_losses(std::uint64_t number) {
    Commit commit(store_, state_.logs, number);
    for (auto& log : state_.logs) {
        commit.set_name(log.id, log.name);
        commit.set_settled(log.id, log.settled.encode(), log.settled_bytes);
        commit.set_lost(log.id, log.lost);
        commit.set_letters(log.id);
        log.settled_written = log.settled.size();
    }
    if (const auto status = store_.write(commit.finish(), true); !status.ok()) {
        throw std::runtime_error("the journal cannot be written: " + status.ToString());
    }
    commit.publish(state_.logs);
}

// All that was found is on disk: opening the database has written what was in its log into files.
void RocksJournal::begin_watermark(std::uint64_t number) {
    const auto before = std::exchange(store_.watermark(), HighWatermark{});
    store_.watermark()->commit = number;
    for (const auto& log : state_.logs) {
        const auto* stream = before ? before->find(log.id) : nullptr;
        store_.watermark()->streams.push_back({log.id, log.name, log.last, log.letters, log.lost, log.settled.encode(),
                                               stream != nullptr ? stream->died : std::string()});
    }
    store_.note_manifest();
    if (number > 0) store_.write_watermark();
}

RocksJournal::~RocksJournal() {
    close();
}

void RocksJournal::close() {
    const std::lock_guard closing(closing_);
    {
        const std::lock_guard lock(state_.mutex);
        state_.stopping = true;
    }
    state_.wake.notify_one();
    if (commit_thread_.joinable()) commit_thread_.join();
    store_.close();
}

// The database is written without the state's lock: a reader takes the two in the other order.
Log RocksJournal::open_log(std::string_view name) {
    Log id = 0;
    {
        const std::lock_guard lock(state_.mutex);
        const auto found = std::ranges::find(state_.logs, name, &LogState::name);
        if (found != state_.logs.end()) return found->id;
        id = static_cast<Log>(state_.logs.size() + 1);
    }
    std::string value;
    put_varint(value, id);
    rocksdb::WriteBatch batch;
    batch.Put(keys::log(name), value);
    if (const auto status = store_.write(batch, true); !status.ok()) {
        throw std::runtime_error("the journal cannot be written: " + status.ToString());
    }
    const std::lock_guard lock(state_.mutex);
    auto& log = state_.logs.emplace_back();
    log.id = id;
    log.name = name;
    return id;
}

std::vector<std::string> RocksJournal::logs() const {
    const std::lock_guard lock(state_.mutex);
    std::vector<std::string> names;
    names.reserve(state_.logs.size());
    for (const auto& log : state_.logs) names.push_back(log.name);
    return names;
}

void RocksJournal::subscribe(Log log, Committed committed) {
    const std::lock_guard lock(state_.mutex);
    state_.log(log).committed = std::move(committed);
}

bool RocksJournal::has_room() const noexcept {
    return !state_.failed && !state_.full && !state_.stopping &&
           state_.waiting_bytes.load(std::memory_order_relaxed) < max_waiting;
}

bool RocksJournal::has_room(Log log) const noexcept {
    return has_room() && !state_.logs[log - 1].full.load(std::memory_order_relaxed);
}

void RocksJournal::set_share(Log log, std::uint64_t max_bytes) {
    state_.log(log).max_bytes = max_bytes;
}

bool RocksJournal::takes(const Append& append) const noexcept {
    const auto is_full = [this](Log log) { return state_.logs[log - 1].full.load(std::memory_order_relaxed); };
    return std::ranges::none_of(append.records, is_full, &Append::Entry::log) &&
           std::ranges::none_of(append.dead_letters, is_full, &std::pair<Log, DeadLetter>::first);
}

void RocksJournal::append(Append append, Done done) {
    namespace errc = boost::system::errc;
    Waiting waiting{std::move(append), std::move(done), 0, {}};
    const bool in_its_share = takes(waiting.append);
    if ((has_room() && in_its_share) || (state_.full && only_removes(waiting.append))) {
        waiting.bytes = size_of(waiting.append);
    } else if (!state_.failed) {
        const bool full = state_.full || !in_its_share;
        waiting.refused = make_error_code(full ? errc::no_space_on_device : errc::no_buffer_space);
        waiting.append = {};
    }
    {
        std::unique_lock lock(state_.mutex);
        if (!state_.stopping) {
            state_.waiting_bytes.fetch_add(waiting.bytes, std::memory_order_relaxed);
            state_.appends.push_back(std::move(waiting));
            const bool enough = state_.appends.size() % worth_a_commit == 0;
            lock.unlock();
            state_.wake.notify_one();
            if (enough) std::this_thread::yield();  // the commit thread's turn, where it waits for this core
            return;
        }
    }
    waiting.done(make_error_code(errc::operation_canceled));
}

std::vector<Stored> RocksJournal::read(Log log, Position after, std::size_t limit, std::size_t bytes) const {
    std::vector<Stored> records;
    Wanted wanted{limit, bytes};
    if (wanted.nothing() || after == UINT64_MAX) return records;
    const auto last = this->last(log);  // before the cursor, which sees nothing later
    auto cursor = store_.scan(Column::records, keys::numbered(log, after + 1), keys::numbered(log, last + 1));
    for (auto run = unsettled_run(log, after + 1, last); run.begin < run.end; run = unsettled_run(log, run.end, last)) {
        read_run(log, run, cursor, wanted, records);
        if (wanted.nothing()) break;
    }
    return records;
}

// The first unsettled positions from `from` on, up to the next settled one; an empty range where there are none.
Range RocksJournal::unsettled_run(Log log, Position from, Position last) const {
    const std::lock_guard lock(state_.mutex);
    const auto& settled = state_.log(log).settled;
    const auto begin = settled.first_outside(from);
    return {begin, std::min(settled.first_inside(begin), last + 1)};
}

void RocksJournal::read_run(Log log, Range run, Cursor& cursor, Wanted& wanted, std::vector<Stored>& records) const {
    if (!cursor.valid() || keys::number_of(cursor.key()) != run.begin) cursor.seek(keys::numbered(log, run.begin));
    for (auto expected = run.begin; expected < run.end && !wanted.nothing(); ++expected) {
        if (cursor.is_damaged()) {
            expected = read_damaged(log, {expected, run.end}, cursor, wanted, records) - 1;
            continue;
        }
        cursor.check();
        const auto found = cursor.valid() ? std::min(keys::number_of(cursor.key()), run.end) : run.end;
        if (found != expected) state_.lose(log, {expected, found});
        if (found == run.end) return;
        records.push_back({found, std::string(cursor.value())});
        wanted.take(records.back().bytes.size());
        expected = found;
        cursor.next();
    }
}

// Position by position, as the cursor stops at a damaged block even where what is wanted lies behind it. Returns from
// where the cursor can go on. Throws where nothing was read and what comes next may still be readable a little later.
Position RocksJournal::read_damaged(Log log, Range run, Cursor& cursor, Wanted& wanted,
                                    std::vector<Stored>& records) const {
    auto lost_from = run.begin;
    bool given_up = false;
    for (auto at = run.begin; at < run.end; ++at) {
        std::optional<std::string> value;
        const auto status = store_.find(Column::records, keys::numbered(log, at), value);
        if (value) {
            if (lost_from < at) state_.lose(log, {lost_from, at});
            lost_from = at + 1;
            wanted.take(value->size());
            records.push_back({at, std::move(*value)});
            cursor.seek(keys::numbered(log, at + 1));
            if (wanted.nothing() || !cursor.is_damaged()) return at + 1;
            given_up = false;
            continue;
        }
        if (status.IsCorruption() && !given_up) {
            given_up = damaged_records_.failed(log, at, std::chrono::steady_clock::now());
        }
        if (status.ok() || given_up) continue;
        if (lost_from < at) state_.lose(log, {lost_from, at});
        if (!records.empty()) {  // they are not held back; the next read comes to this place first
            wanted.records = 0;
            return at;
        }
        throw std::runtime_error("the journal cannot be read at position " + std::to_string(at) + ": " +
                                 status.ToString());
    }
    if (lost_from < run.end) state_.lose(log, {lost_from, run.end});
    return run.end;
}

Position RocksJournal::first_unsettled(Log log) const {
    const std::lock_guard lock(state_.mutex);
    return state_.log(log).first_unsettled();
}

Position RocksJournal::last(Log log) const {
    const std::lock_guard lock(state_.mutex);
    return state_.log(log).last;
}

std::uint64_t RocksJournal::unsettled(Log log) const {
    const std::lock_guard lock(state_.mutex);
    return state_.log(log).unsettled();
}

std::uint64_t RocksJournal::unwritten(Log log) const {
    const std::lock_guard lock(state_.mutex);
    return state_.log(log).settled.size() - state_.log(log).settled_written;
}

// False where there is nothing to settle.
bool RocksJournal::settle_locked(LogState& log, Position position, std::size_t bytes) {
    if (position == 0 || position > log.last || log.settled.contains(position)) return false;
    if (bytes == unknown_size) {
        log.settle_bytes_of(1);
    } else {
        log.settled_bytes += bytes;
    }
    log.settled.add(position);
    log.dirty = true;
    if (!std::exchange(state_.dirty, true)) state_.wake.notify_one();
    return true;
}

void RocksJournal::settle(Log log, Position position, std::size_t bytes) {
    const std::lock_guard lock(state_.mutex);
    auto& settled_in = state_.log(log);
    if (settle_locked(settled_in, position, bytes)) ++settled_in.delivered;
}

void RocksJournal::dead_letter(Log log, Position position, std::size_t bytes, DeadLetter letter) {
    const std::lock_guard lock(state_.mutex);
    // While the disk fails letters wait in memory, up to here. Then their records stay unsettled: after the next start
    // they are tried again.
    if (state_.letter_bytes > max_waiting_letters) {
        logging::error("dead_letter_deferred destination={} position={}", state_.log(log).name, position);
        return;
    }
    if (!settle_locked(state_.log(log), position, bytes)) return;
    ++state_.log(log).dying;
    state_.letter_bytes += size_of(letter);
    state_.letters.push_back({log, position, std::move(letter)});
}

std::vector<DeadLetter> RocksJournal::dead_letters(Log log, std::uint64_t after, std::size_t limit) const {
    const auto totals = [&] {
        const std::lock_guard lock(state_.mutex);
        return state_.log(log).letters;
    }();
    auto read = read_letters(store_, log, std::max(after, totals.first - 1), totals.next, limit);
    if (!read.damaged.empty()) note_damaged(log, read.damaged);
    return std::move(read.letters);
}

// They are passed over at once, and counted as lost once they were read in vain several times.
void RocksJournal::note_damaged(Log log, const std::vector<std::uint64_t>& ids) const {
    std::vector<std::uint64_t> lost;
    for (const auto id : ids) {
        if (damaged_letters_.failed(log, id, std::chrono::steady_clock::now())) lost.push_back(id);
    }
    const std::lock_guard lock(state_.mutex);
    logging::error("dead_letters_unreadable destination={} count={} first={} last={}", state_.log(log).name, ids.size(),
                   ids.front(), ids.back());
    if (lost.empty() || state_.stopping) return;
    for (const auto id : lost) state_.damaged_letters.insert({log, id});
    state_.wake.notify_one();
}

LogUsage RocksJournal::log_usage(Log log) const {
    const std::lock_guard lock(state_.mutex);
    const auto& of = state_.log(log);
    return {of.pending_bytes(), of.max_bytes, of.full};
}

LetterUsage RocksJournal::letter_usage(Log log) const {
    const std::lock_guard lock(state_.mutex);
    const auto& totals = state_.log(log).letters;
    return {totals.count, totals.bytes, totals.next - 1};
}

Ledger RocksJournal::ledger(Log log) const {
    const std::lock_guard lock(state_.mutex);
    return state_.log(log).ledger();
}

void RocksJournal::seen_since(WallTime since, const VisitSeen& visit) const {
    read_seen_since(store_, since, visit);
}

std::optional<std::string> RocksJournal::get(std::string_view name) const {
    const std::lock_guard lock(state_.mutex);
    const auto fact = state_.facts.find(name);
    return fact == state_.facts.end() ? std::nullopt : std::optional(fact->second);
}

void RocksJournal::put(std::string_view name, std::string_view value) {
    {
        const std::lock_guard lock(state_.mutex);
        state_.facts.insert_or_assign(std::string(name), std::string(value));
        state_.unwritten_facts.emplace(name);
    }
    state_.wake.notify_one();
}

Usage RocksJournal::usage() const {
    Usage usage;
    usage.bytes_on_disk = state_.bytes_on_disk;
    usage.max_bytes = max_size_;
    usage.bytes_free = store_.bytes_free();
    usage.full = state_.full;
    usage.commits = state_.commits.times();
    const std::lock_guard lock(state_.mutex);
    for (const auto& log : state_.logs) usage.dead_letters += log.letters.count;
    usage.error = state_.error;
    if (usage.error.empty() && !store_.watermark_is_linked()) usage.error = "the files of the journal were removed";
    return usage;
}

std::unique_ptr<Journal> open_journal(const JournalOptions& options, rocksdb::Env* env, const Pace& pace) {
    return std::make_unique<RocksJournal>(options, env, pace);
}

std::unique_ptr<Journal> open_journal(const JournalOptions& options) {
    return open_journal(options, rocksdb::Env::Default());
}

}  // namespace pintle::journal
