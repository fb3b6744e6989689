#include "journal/upkeep.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "journal/keys.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t max_in_memory = 512;  // range deletes: each makes every read a little slower
constexpr std::uint64_t mib = 1U << 20U;

std::vector<Store::KeyRange> deleted_ranges(const State& state) {
    const std::lock_guard lock(state.mutex);
    std::vector<Store::KeyRange> ranges;
    for (const auto& log : state.logs) {
        for (const auto& range : log.deleted.ranges()) {
            ranges.push_back({keys::numbered(log.id, range.begin), keys::numbered(log.id, range.end)});
        }
    }
    return ranges;
}

}  // namespace

Upkeep::Upkeep(Store& store, State& state, std::uint64_t max_size, const Pace& pace)
    : store_(store),
      state_(state),
      max_size_(max_size),
      pace_(pace),
      // On a full file system nothing could be settled any more, so nothing would make room: stop before it is.
      reserve_(std::clamp(max_size / 64, 4 * mib, 128 * mib)) {}

void Upkeep::measure() {
    const auto bytes = store_.bytes_on_disk();
    const bool full = bytes > max_size_ || store_.bytes_free() < reserve_;
    state_.bytes_on_disk.store(bytes, std::memory_order_relaxed);
    if (state_.full.exchange(full) != full) log_change(full);
}

void Upkeep::log_change(bool full) const {
    if (full) {
        spdlog::warn("journal_full bytes={} max_size={} free={}", state_.bytes_on_disk.load(), max_size_,
                     store_.bytes_free());
    } else {
        spdlog::info("journal_has_room bytes={} max_size={}", state_.bytes_on_disk.load(), max_size_);
    }
}

void Upkeep::committed(std::size_t bytes, const Deleted& deleted) {
    state_.bytes_on_disk.fetch_add(bytes, std::memory_order_relaxed);
    if (state_.bytes_on_disk.load(std::memory_order_relaxed) > max_size_) due_ = Clock::now();
    undropped_ += deleted.records;
    uncompacted_ += deleted.records;
    unflushed_ += deleted.ranges;
    letters_gone_ += deleted.letters;
    if (unflushed_ >= max_in_memory) {
        store_.flush_soon(Column::records);
        unflushed_ = 0;
    }
    due_ = std::min(due_, Clock::now() + pace_.upkeep_interval);
}

void Upkeep::run(Clock::time_point now) {
    if (now < due_) return;
    if (undropped_ >= pace_.worth_dropping) drop_files();
    measure();
    if (state_.full && undropped_ > 0) {
        drop_files();
        measure();
    }
    if (state_.full && uncompacted_ > 0) {
        compact();
        measure();
    }
    if (state_.full && letters_gone_ > 0) {
        compact_letters();
        measure();
    }
    if (state_.full) ask_for_deletions();
    due_ = state_.full ? Clock::now() + pace_.upkeep_interval : Clock::time_point::max();
}

// Has the next commit delete what is settled, however little it is.
void Upkeep::ask_for_deletions() {
    const std::lock_guard lock(state_.mutex);
    for (auto& log : state_.logs) {
        if (log.settled.size() == log.deleted.size()) continue;
        log.dirty = true;
        state_.dirty = true;
    }
}

void Upkeep::drop_files() {
    store_.drop_files(Column::records, deleted_ranges(state_));
    undropped_ = 0;
}

void Upkeep::compact() {
    store_.compact(Column::records, deleted_ranges(state_));
    uncompacted_ = 0;
}

void Upkeep::compact_letters() {
    std::vector<Store::KeyRange> all;
    all.reserve(state_.logs.size());
    for (const auto& log : state_.logs) {
        all.push_back({keys::numbered(log.id, 0), keys::numbered(log.id, log.letters.next)});
    }
    store_.compact(Column::letters, all);
    letters_gone_ = 0;
}

}  // namespace pintle::journal
