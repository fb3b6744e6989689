#include "journal/commit.hpp"

#include <algorithm>
#include <utility>

#include "journal/keys.hpp"
#include "journal/letter_codec.hpp"
#include "journal/open_errors.hpp"
#include "journal/varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t worth_a_range = 64;  // letters

}  // namespace

Commit::Commit(const Store& store, const std::deque<LogState>& logs, std::uint64_t number, std::size_t size)
    : store_(store), logs_(logs), number_(number), batch_(size), changes_(logs.size()) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
        changes_[i].last = logs[i].last;
        changes_[i].letters = logs[i].letters;
    }
}

boost::system::error_code Commit::add(Append& append) {
    durable_ = true;
    std::vector<std::optional<std::string>> letters(append.removed.size());  // of those that are there
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto& [log, id] = append.removed[i];
        const auto status = store_.find(Column::letters, keys::numbered(log, id), letters[i]);
        if (!status.ok()) return error_of(status);
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (!letters[i]) continue;
        const auto log = append.removed[i].first;
        const bool went = remove_letter(log, append.removed[i].second, *letters[i]);
        if (went && append.records.empty()) ++changes_[log - 1].letters.purged;
    }
    for (auto& [log, bytes] : append.records) {
        auto& change = changes_.at(log - 1);
        const auto position = ++change.last;
        batch_.Put(store_.column(Column::records), keys::numbered(log, position), bytes);
        change.added_bytes += bytes.size();
        change.records.push_back({position, std::move(bytes)});
        if (!append.removed.empty()) {
            ++change.letters.replayed;
            lettered_.push_back(log);
        }
    }
    for (const auto& [log, letter] : append.dead_letters) {
        add_letter(log, letter);
        ++changes_[log - 1].letters.appended;
    }
    for (const auto& [message, time] : append.seen) {
        seen_[{append.source, time}].append(message.begin(), message.end());
    }
    return {};
}

void Commit::add_letter(Log log, const DeadLetter& letter) {
    durable_ = true;
    auto& totals = changes_.at(log - 1).letters;
    const auto value = encode(letter);
    batch_.Put(store_.column(Column::letters), keys::numbered(log, totals.next), value);
    auto& of_source = account(log, letter.source);
    ++of_source.count;
    of_source.bytes += value.size();
    ++totals.next;
    ++totals.count;
    totals.bytes += value.size();
    lettered_.push_back(log);
}

LetterAccounts Commit::letter_accounts(Log log) const {
    auto accounts = logs_[log - 1].letter_accounts;
    for (const auto& [source, changed] : changes_[log - 1].accounts) accounts.insert_or_assign(source, changed);
    return accounts;
}

// Whose account the letter is in.
std::string_view Commit::account_of(Log log, std::uint64_t letter, std::string_view source) const {
    return letter < letters(log).accounted_from ? std::string_view{} : source;
}

// As of this commit. A new one begins with the log's next letter.
LetterAccount& Commit::account(Log log, std::string_view source) {
    auto& change = changes_.at(log - 1);
    if (const auto changed = change.accounts.find(source); changed != change.accounts.end()) return changed->second;
    const auto& before = logs_[log - 1].letter_accounts;
    const auto found = before.find(source);
    const LetterAccount fresh{change.letters.next, 0, 0};
    return change.accounts.emplace(source, found == before.end() ? fresh : found->second).first->second;
}

bool Commit::remove_letter(Log log, std::uint64_t id, std::string_view bytes) {
    auto& change = changes_.at(log - 1);
    if (!change.removed.insert(id).second) return false;  // another append of this commit has done it
    batch_.Delete(store_.column(Column::letters), keys::numbered(log, id));
    auto& of_source = account(log, account_of(log, id, source_of_letter(bytes)));
    of_source.count -= std::min<std::uint64_t>(1, of_source.count);
    of_source.bytes -= std::min<std::uint64_t>(bytes.size(), of_source.bytes);
    auto& totals = change.letters;
    --totals.count;
    totals.bytes -= bytes.size();
    // They often go from the oldest on: then nobody has to walk over the place where they were.
    if (id == totals.first) ++totals.first;
    ++letters_gone_;
    lettered_.push_back(log);
    return true;
}

// Letters that stand together go by one range delete, as each of those makes every read a little slower.
void Commit::drop_letters(Log log, std::string_view source, const Dropped& dropped) {
    const auto& ids = dropped.ids;
    for (std::size_t begin = 0; begin < ids.size();) {
        std::size_t end = begin + 1;
        while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
        if (end - begin >= worth_a_range) {
            delete_range(Column::letters, keys::numbered(log, ids[begin]), keys::numbered(log, ids[end - 1] + 1));
        } else {
            for (auto i = begin; i < end; ++i)
                batch_.Delete(store_.column(Column::letters), keys::numbered(log, ids[i]));
        }
        begin = end;
    }
    auto& of_source = account(log, source);
    of_source.first = dropped.next;
    of_source.count -= std::min<std::uint64_t>(ids.size(), of_source.count);
    of_source.bytes -= std::min(dropped.bytes, of_source.bytes);
    auto& totals = changes_.at(log - 1).letters;
    totals.first = std::max(totals.first, dropped.first);
    letters_gone_ += ids.size();
    totals.count -= ids.size();
    totals.bytes -= dropped.bytes;
    totals.dropped += ids.size();
    lettered_.push_back(log);
}

void Commit::lose_letter(Log log, std::uint64_t id, const Losses& before) {
    auto& change = changes_.at(log - 1);
    auto& totals = change.letters;
    if (totals.count == 0 || id < totals.first) return;
    durable_ = true;
    change.losses = before;
    if (!change.removed.insert(id).second) return;
    batch_.Delete(store_.column(Column::letters), keys::numbered(log, id));
    // Its size and its source are not known: it counts as the mean, and with who has the most.
    const auto bytes = totals.bytes / totals.count;
    const auto accounts = letter_accounts(log);
    const auto largest = std::ranges::max_element(accounts, {}, [](const auto& each) { return each.second.bytes; });
    if (largest != accounts.end()) {
        auto& of_source = account(log, largest->first);
        of_source.count -= std::min<std::uint64_t>(1, of_source.count);
        of_source.bytes -= std::min(bytes, of_source.bytes);
    }
    --totals.count;
    totals.bytes -= bytes;
    ++change.lost_letters;
    ++letters_gone_;
    lettered_.push_back(log);
}

void Commit::set_letters(Log log) {
    auto& accounts = changes_.at(log - 1).accounts;
    for (const auto& [source, account] : logs_[log - 1].letter_accounts) accounts.insert_or_assign(source, account);
    lettered_.push_back(log);
}

void Commit::add_fact(std::string_view name, std::string_view value) {
    durable_ = true;
    batch_.Put(keys::fact(name), rocksdb::Slice(value.data(), value.size()));
}

void Commit::set_settled(Log log, std::string_view encoded, std::uint64_t bytes) {
    batch_.Put(keys::settled(log), rocksdb::Slice(encoded.data(), encoded.size()));
    changes_.at(log - 1).settled_bytes += bytes;
}

// As of this commit.
std::uint64_t Commit::record_bytes(Log log) const {
    const auto& change = changes_[log - 1];
    const auto bytes = logs_[log - 1].record_bytes + change.added_bytes;
    return bytes - std::min(change.settled_bytes, bytes);
}

void Commit::set_lost(Log log, const Losses& losses) {
    batch_.Put(keys::lost(log), losses.encode());
}

void Commit::set_name(Log log, std::string_view name) {
    std::string value;
    put_varint(value, log);
    batch_.Put(keys::log(name), value);
}

void Commit::delete_records(Log log, Range range) {
    delete_range(Column::records, keys::numbered(log, range.begin), keys::numbered(log, range.end));
}

void Commit::forget_seen(std::string_view source, WallTime before) {
    delete_range(Column::seen, keys::seen_from(source, WallTime{}), keys::seen_from(source, before));
}

void Commit::delete_range(Column column, const std::string& from, const std::string& to) {
    batch_.DeleteRange(store_.column(column), from, to);
    batch_.Put(store_.column(column), rocksdb::Slice(keys::anchor.data(), keys::anchor.size()), "");
}

rocksdb::WriteBatch& Commit::finish() {
    for (const auto& [of, messages] : seen_) {
        batch_.Put(store_.column(Column::seen), keys::seen(of.first, of.second, number_), messages);
    }
    seen_.clear();
    for (const auto log : lettered_) batch_.Put(keys::letters(log), letters(log).encode());
    for (Log log = 1; log <= changes_.size(); ++log) {
        for (const auto& [source, account] : changes_[log - 1].accounts) {
            const auto key = keys::letter_account(log, source);
            account.count == 0 ? batch_.Delete(key) : batch_.Put(key, account.encode());
        }
    }
    for (Log log = 1; log <= changes_.size(); ++log) {
        const auto& change = changes_[log - 1];
        if (change.added_bytes == 0 && change.settled_bytes == 0) continue;
        std::string bytes;
        put_varint(bytes, record_bytes(log));
        batch_.Put(keys::pending(log), bytes);
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        if (changes_[i].lost_letters == 0) continue;
        auto losses = changes_[i].losses;
        losses.letters += changes_[i].lost_letters;
        set_lost(static_cast<Log>(i + 1), losses);
    }
    std::string number;
    put_varint(number, number_);
    batch_.Put(rocksdb::Slice(keys::commit.data(), keys::commit.size()), number);
    return batch_;
}

void Commit::publish(std::deque<LogState>& logs) const {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        logs[i].last = changes_[i].last;
        logs[i].record_bytes = record_bytes(static_cast<Log>(i + 1));
        logs[i].settled_bytes -= std::min(changes_[i].settled_bytes, logs[i].settled_bytes);
        logs[i].occupied.fetch_add(changes_[i].added_bytes, std::memory_order_relaxed);
        logs[i].dying -= changes_[i].letters.of_records() - logs[i].letters.of_records();
        logs[i].letters = changes_[i].letters;
        for (const auto& [source, account] : changes_[i].accounts) {
            if (account.count == 0) {
                logs[i].letter_accounts.erase(source);
            } else {
                logs[i].letter_accounts.insert_or_assign(source, account);
            }
        }
        logs[i].lost.letters += changes_[i].lost_letters;
    }
}

void Commit::announce(const std::deque<LogState>& logs) {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        auto& records = changes_[i].records;
        if (!records.empty() && logs[i].committed) logs[i].committed(records);
    }
}

}  // namespace pintle::journal
