#include "rocksdb/maintenance.hpp"

#include <algorithm>

#include "pintle/logging/logging.hpp"
#include "rocksdb/keys.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t max_in_memory = 512;  // range deletions: each slows down reads
constexpr std::uint64_t mib = 1U << 20U;

std::vector<Store::KeyRange> deleted_ranges(const State& state) {
    const MutexLock lock(state.mutex);
    std::vector<Store::KeyRange> ranges;
    for (const auto& stream : state.streams) {
        for (const auto& range : stream.deleted.ranges()) {
            ranges.push_back({keys::numbered(stream.id, range.begin), keys::numbered(stream.id, range.end)});
        }
    }
    return ranges;
}

struct Pending {
    StreamState& stream;
    Range offsets;  // from the first pending to the last of the stream
    std::uint64_t bytes = 0;
};

std::vector<Pending> pending_of(State& state) {
    const MutexLock lock(state.mutex);
    std::vector<Pending> all;
    all.reserve(state.streams.size());
    for (auto& stream : state.streams)
        all.push_back({stream, {stream.first_pending(), stream.last + 1}, stream.pending_bytes()});
    return all;
}

}  // namespace

Maintenance::Maintenance(Store& store, State& state, std::uint64_t max_size, const Tuning& tuning)
    : store_(store),
      state_(state),
      max_size_(max_size),
      tuning_(tuning),
      // On a full file system no ack could be written, so no space could be reclaimed: stop before.
      reserve_(std::clamp(max_size / 64, 4 * mib, 128 * mib)),
      due_(Clock::now() + tuning.maintenance_interval) {}  // the shares are known then

void Maintenance::measure() {
    measure_shares();
    set_full(is_too_large());
}

bool Maintenance::is_too_large() {
    const auto bytes = store_.bytes_on_disk();
    const bool over = bytes > max_size_ || store_.bytes_free() < reserve_;
    state_.bytes_on_disk.store(bytes, std::memory_order_relaxed);
    state_.nearly_full = over || bytes > nearly_full_from();
    return over;
}

void Maintenance::set_full(bool full) {
    if (state_.full.exchange(full) == full) return;
    if (full) {
        logging::warn("journal_full bytes={} max_size={} free={}", state_.bytes_on_disk.load(), max_size_,
                      store_.bytes_free());
    } else {
        logging::info("journal_has_room bytes={} max_size={}", state_.bytes_on_disk.load(), max_size_);
    }
}

// Pending records are counted uncompressed, which is cheap. The size on disk is looked up only for streams that exceed
// their share by that count.
void Maintenance::measure_shares() {
    any_share_full_ = false;
    for (auto& [stream, pending, bytes] : pending_of(state_)) {
        const auto share = stream.max_bytes.load(std::memory_order_relaxed);
        if (share > 0 && bytes > share) {
            bytes =
                std::min(bytes, store_.bytes_between(ColumnFamily::records, keys::numbered(stream.id, pending.begin),
                                                     keys::numbered(stream.id, pending.end)));
        }
        stream.occupied.store(bytes, std::memory_order_relaxed);
        const bool full = stream.over_share();
        any_share_full_ = any_share_full_ || full;
        if (stream.full.exchange(full) == full) continue;
        if (full) {
            logging::warn("destination_full destination={} bytes={} max_journal_size={}", stream.name, bytes, share);
        } else {
            logging::info("destination_has_room destination={} bytes={} max_journal_size={}", stream.name, bytes,
                          share);
        }
    }
}

void Maintenance::committed(std::size_t bytes, const Deleted& deleted) {
    state_.bytes_on_disk.fetch_add(bytes, std::memory_order_relaxed);
    const bool share_passed = std::ranges::any_of(
        state_.streams_without_lock(), [](const StreamState& stream) { return stream.over_share() != stream.full; });
    const auto on_disk = state_.bytes_on_disk.load(std::memory_order_relaxed);
    if (share_passed || on_disk > max_size_ || (on_disk > nearly_full_from() && !state_.nearly_full))
        due_ = Clock::now();
    undropped_ += deleted.records;
    uncompacted_ += deleted.records;
    unflushed_ += deleted.ranges;
    letters_removed_ += deleted.letters;
    if (unflushed_ >= max_in_memory) {
        store_.flush_soon(ColumnFamily::records);
        unflushed_ = 0;
    }
    due_ = std::min(due_, Clock::now() + tuning_.maintenance_interval);
}

void Maintenance::run(Clock::time_point now) {
    if (now < due_) return;
    if (undropped_ >= tuning_.drop_files_from) drop_files();
    measure_shares();
    const bool over = is_too_large() && !make_room();
    if (!over) over_since_ = Clock::time_point::max();
    if (over) over_since_ = std::min(over_since_, Clock::now());
    // Acked records that are not deleted yet soon will be: until then appends are accepted.
    const bool deletions = state_.nearly_full && ask_for_deletions();
    const bool soon =
        over && deletions && store_.bytes_free() >= reserve_ && Clock::now() < over_since_ + 2 * tuning_.ack_interval;
    set_full(over && !soon);
    due_ = Clock::time_point::max();
    if (over || any_share_full_) due_ = Clock::now() + (soon ? tuning_.ack_interval : tuning_.maintenance_interval);
}

// Appends are rejected only if this does not help: acked records of one destination must not block another.
bool Maintenance::make_room() {
    if (undropped_ > 0) {
        drop_files();
        if (!is_too_large()) return true;
    }
    if (uncompacted_ > 0) {
        compact();
        if (!is_too_large()) return true;
    }
    if (letters_removed_ > 0) compact_letters();
    return !is_too_large();
}

// Has the next commit delete all acked records, however few. Returns true if there are any.
bool Maintenance::ask_for_deletions() {
    const MutexLock lock(state_.mutex);
    bool any = false;
    for (auto& stream : state_.streams) {
        if (stream.acked.size() == stream.deleted.size()) continue;
        stream.dirty = true;
        state_.dirty = true;
        any = true;
    }
    return any;
}

void Maintenance::drop_files() {
    store_.drop_files(ColumnFamily::records, deleted_ranges(state_));
    undropped_ = 0;
}

void Maintenance::compact() {
    store_.compact(ColumnFamily::records, deleted_ranges(state_));
    uncompacted_ = 0;
}

void Maintenance::compact_letters() {
    std::vector<Store::KeyRange> all;
    const auto& streams = state_.streams_without_lock();
    all.reserve(streams.size());
    for (const auto& stream : streams) {
        all.push_back({keys::numbered(stream.id, 0), keys::numbered(stream.id, stream.letters.next)});
    }
    store_.compact(ColumnFamily::letters, all);
    letters_removed_ = 0;
}

}  // namespace pintle::journal
