#include "skipped_keys.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pintle::delivery {

std::uint64_t SkippedKeys::count(std::uint64_t key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? 0 : found->second.count;
}

void SkippedKeys::skip(std::uint64_t key, Offset offset) {
    const auto [found, is_new] = entries_.try_emplace(key);
    Entry& entry = found->second;
    if (is_new) entry.first = offset;
    entry.last = offset;
    if (entry.count < max_count) ++entry.count;
    if (scanning_ && entry.target == of_this_pass && entry.pass != pass_) end_ = std::max(end_, offset);
}

void SkippedKeys::request(std::uint64_t key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    if (scanning_ && blocked(entry)) {  // this pass can do nothing for it any more
        if (entry.target == of_the_next) return;
        entry.target = of_the_next;
        later_.push_back(key);
        return;
    }
    if (entry.target != none) return;
    entry.target = of_this_pass;
    targets_.push_back(key);
    if (!scanning_) return;
    ++open_;
    end_ = std::max(end_, entry.last);
}

std::optional<Offset> SkippedKeys::next_scan(bool idle) {
    if (scanning_) return at_;
    if (targets_.empty() && (!idle || entries_.empty())) return std::nullopt;
    Offset start = std::numeric_limits<Offset>::max();
    end_ = 0;
    const auto include = [&](const Entry& entry) {
        start = std::min(start, entry.first);
        end_ = std::max(end_, entry.last);
    };
    std::erase_if(targets_, [&](std::uint64_t key) {
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second.target != of_this_pass) return true;
        include(found->second);
        return false;
    });
    open_ = targets_.size();
    all_ = open_ == 0 && idle;
    if (all_) {
        for (const auto& [key, entry] : entries_) include(entry);
    }
    if (end_ == 0) return std::nullopt;
    if (++pass_ == 0) {  // the numbers begin again
        for (auto& [key, entry] : entries_) entry.pass = 0;
        pass_ = 1;
    }
    start_ = at_ = start;
    scanning_ = true;
    return at_;
}

bool SkippedKeys::was_skipped(std::uint64_t primary, Offset offset) const {
    const auto found = entries_.find(primary);
    return found != entries_.end() && found->second.first <= offset;
}

bool SkippedKeys::may_return(std::uint64_t key, Offset offset) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.first > offset || !blocked(found->second);
}

void SkippedKeys::returned(std::uint64_t key, Offset offset) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.first > offset) return;
    Entry& entry = found->second;
    if (entry.count > 1) --entry.count;
    if (blocked(entry)) return;  // the key was excluded from ordering: too many persons share it
    if (entry.last <= offset) {
        resolve(entry);
        entries_.erase(found);
    } else {
        entry.first = offset + 1;
    }
}

void SkippedKeys::skip_again(std::uint64_t key, Offset offset) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.first > offset || blocked(found->second)) return;
    resolve(found->second);
    found->second.first = offset;
    found->second.pass = pass_;
}

void SkippedKeys::scanned(Offset offset, Offset last_read) {
    at_ = offset + 1;
    if (offset >= last_read || offset >= end_ || (open_ == 0 && !all_)) {
        finish(offset);
    } else if (!all_ && targets_.size() <= max_sought) {
        seek();
    }
}

// Continues at the first possible record of a key that may still have room. Records that are passed over count as not
// reached yet.
void SkippedKeys::seek() {
    Offset next = std::numeric_limits<Offset>::max();
    for (const std::uint64_t key : targets_) {
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second.target != of_this_pass || blocked(found->second)) continue;
        next = std::min(next, found->second.first);
    }
    if (next > at_ && next <= end_) start_ = at_ = next;
}

// A key none of whose records was left on disk in this pass has no skipped record any more: all of them came back, or
// the journal has lost them.
void SkippedKeys::finish(Offset offset) {
    const auto is_done = [&](const Entry& entry) { return !blocked(entry) && entry.last <= offset; };
    if (all_) boost::unordered::erase_if(entries_, [&](const auto& each) { return is_done(each.second); });
    for (const std::uint64_t key : targets_) {
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second.target != of_this_pass) continue;
        found->second.target = none;
        if (is_done(found->second)) entries_.erase(found);  // else it is requested again once it has room
    }
    targets_.clear();
    for (const std::uint64_t key : std::exchange(later_, {})) {
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second.target != of_the_next) continue;
        found->second.target = of_this_pass;
        targets_.push_back(key);
    }
    scanning_ = false;
    all_ = false;
}

}  // namespace pintle::delivery
