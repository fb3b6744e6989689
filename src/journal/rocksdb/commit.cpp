#include "rocksdb/commit.hpp"

#include <algorithm>
#include <utility>

#include "dead_letter_codec.hpp"
#include "pintle/base/time.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/open_errors.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t range_delete_from = 64;  // consecutive letters

}  // namespace

Commit::Commit(const Store& store, const Streams& streams, std::uint64_t number, std::size_t size)
    : store_(store), streams_(streams), number_(number), batch_(size), changes_(streams.size()) {
    for (std::size_t i = 0; i < streams.size(); ++i) {
        changes_[i].last = streams[i].last;
        changes_[i].letters = streams[i].letters;
    }
}

boost::system::error_code Commit::add(WriteBatch& append) {
    durable_ = true;
    std::vector<std::optional<std::string>> letters(append.removed.size());  // those that exist
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto& [stream, id] = append.removed[i];
        const auto status = store_.find(ColumnFamily::letters, keys::numbered(stream, id), letters[i]);
        if (!status.ok()) return error_of(status);
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (!letters[i]) continue;
        const auto stream = append.removed[i].first;
        const bool removed = remove_letter(stream, append.removed[i].second, *letters[i]);
        if (removed && append.records.empty()) ++changes_[stream - 1].letters.purged;
    }
    for (auto& [stream, bytes] : append.records) {
        auto& change = changes_.at(stream - 1);
        const auto offset = ++change.last;
        batch_.Put(store_.column_family(ColumnFamily::records), keys::numbered(stream, offset), bytes);
        change.added_bytes += bytes.size();
        change.records.push_back({offset, std::move(bytes)});
        if (!append.removed.empty()) {
            ++change.letters.replayed;
            changed_letters_.push_back(stream);
        }
    }
    for (auto& [stream, letter, message] : append.dead_letters) {
        add_letter(stream, letter);
        ++changes_[stream - 1].letters.appended;
    }
    for (const auto& [message, time] : append.message_ids) {
        message_ids_[{append.source, time}].append(message.begin(), message.end());
    }
    return {};
}

void Commit::add_letter(Stream stream, DeadLetter& letter) {
    durable_ = true;
    auto& totals = changes_.at(stream - 1).letters;
    const auto value = encode(letter);
    letter.id = totals.next;
    batch_.Put(store_.column_family(ColumnFamily::letters), keys::numbered(stream, totals.next), value);
    auto& of_source = account(stream, letter.source);
    ++of_source.count;
    of_source.bytes += value.size();
    ++totals.next;
    ++totals.count;
    totals.bytes += value.size();
    changed_letters_.push_back(stream);
}

DeadLetterAccounts Commit::letter_accounts(Stream stream) const {
    auto accounts = streams_[stream - 1].letter_accounts;
    for (const auto& [source, changed] : changes_[stream - 1].accounts) accounts.insert_or_assign(source, changed);
    return accounts;
}

// The name of the account that counts the letter.
std::string_view Commit::account_of(Stream stream, std::uint64_t letter, std::string_view source) const {
    return letter < letters(stream).accounted_from ? std::string_view{} : source;
}

// As of this commit. A new account begins with the stream's next letter.
DeadLetterAccount& Commit::account(Stream stream, std::string_view source) {
    auto& change = changes_.at(stream - 1);
    if (const auto changed = change.accounts.find(source); changed != change.accounts.end()) return changed->second;
    const auto& before = streams_[stream - 1].letter_accounts;
    const auto found = before.find(source);
    const DeadLetterAccount fresh{change.letters.next, 0, 0};
    return change.accounts.emplace(source, found == before.end() ? fresh : found->second).first->second;
}

bool Commit::remove_letter(Stream stream, std::uint64_t id, std::string_view bytes) {
    auto& change = changes_.at(stream - 1);
    if (!change.removed.insert(id).second) return false;  // by another append of this commit
    batch_.Delete(store_.column_family(ColumnFamily::letters), keys::numbered(stream, id));
    auto& of_source = account(stream, account_of(stream, id, source_of_letter(bytes)));
    of_source.count -= std::min<std::uint64_t>(1, of_source.count);
    of_source.bytes -= std::min<std::uint64_t>(bytes.size(), of_source.bytes);
    auto& totals = change.letters;
    --totals.count;
    totals.bytes -= bytes.size();
    // Letters are often removed oldest first. Then no scan has to skip their tombstones.
    if (id == totals.first) ++totals.first;
    ++letters_removed_;
    changed_letters_.push_back(stream);
    return true;
}

// Consecutive letters are deleted as one range. Short runs are not, as every range deletion slows down reads.
void Commit::evict_letters(Stream stream, std::string_view source, const Eviction& eviction) {
    const auto& ids = eviction.ids;
    for (std::size_t begin = 0; begin < ids.size();) {
        std::size_t end = begin + 1;
        while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
        if (end - begin >= range_delete_from) {
            delete_range(ColumnFamily::letters, keys::numbered(stream, ids[begin]),
                         keys::numbered(stream, ids[end - 1] + 1));
        } else {
            for (auto i = begin; i < end; ++i)
                batch_.Delete(store_.column_family(ColumnFamily::letters), keys::numbered(stream, ids[i]));
        }
        begin = end;
    }
    auto& of_source = account(stream, source);
    of_source.first = eviction.next;
    of_source.count -= std::min<std::uint64_t>(ids.size(), of_source.count);
    of_source.bytes -= std::min(eviction.bytes, of_source.bytes);
    auto& totals = changes_.at(stream - 1).letters;
    totals.first = std::max(totals.first, eviction.first);
    letters_removed_ += ids.size();
    totals.count -= ids.size();
    totals.bytes -= eviction.bytes;
    totals.evicted += ids.size();
    changed_letters_.push_back(stream);
}

void Commit::mark_letter_lost(Stream stream, std::uint64_t id, const Losses& before) {
    auto& change = changes_.at(stream - 1);
    auto& totals = change.letters;
    if (totals.count == 0 || id < totals.first) return;
    durable_ = true;
    change.losses = before;
    if (!change.removed.insert(id).second) return;
    batch_.Delete(store_.column_family(ColumnFamily::letters), keys::numbered(stream, id));
    // Its size and source are unknown: assume the mean size and the source that has the most letters.
    const auto bytes = totals.bytes / totals.count;
    const auto accounts = letter_accounts(stream);
    const auto largest = std::ranges::max_element(accounts, {}, [](const auto& each) { return each.second.bytes; });
    if (largest != accounts.end()) {
        auto& of_source = account(stream, largest->first);
        of_source.count -= std::min<std::uint64_t>(1, of_source.count);
        of_source.bytes -= std::min(bytes, of_source.bytes);
    }
    --totals.count;
    totals.bytes -= bytes;
    ++change.lost_letters;
    ++letters_removed_;
    changed_letters_.push_back(stream);
}

void Commit::set_letters(Stream stream) {
    auto& accounts = changes_.at(stream - 1).accounts;
    for (const auto& [source, account] : streams_[stream - 1].letter_accounts)
        accounts.insert_or_assign(source, account);
    changed_letters_.push_back(stream);
}

void Commit::add_metadata(std::string_view name, std::string_view value) {
    durable_ = true;
    batch_.Put(keys::metadata_key(name), rocksdb::Slice(value.data(), value.size()));
}

void Commit::set_acked(Stream stream, std::string_view encoded, std::uint64_t bytes) {
    batch_.Put(keys::acked(stream), rocksdb::Slice(encoded.data(), encoded.size()));
    changes_.at(stream - 1).acked_bytes += bytes;
}

// As of this commit.
std::uint64_t Commit::record_bytes(Stream stream) const {
    const auto& change = changes_[stream - 1];
    const auto bytes = streams_[stream - 1].record_bytes + change.added_bytes;
    return bytes - std::min(change.acked_bytes, bytes);
}

void Commit::set_lost(Stream stream, const Losses& losses) {
    batch_.Put(keys::lost(stream), losses.encode());
}

void Commit::set_name(Stream stream, std::string_view name) {
    std::string value;
    put_varint(value, stream);
    batch_.Put(keys::stream(name), value);
}

void Commit::delete_names() {
    batch_.DeleteRange(rocksdb::Slice(keys::stream_prefix.data(), keys::stream_prefix.size()),
                       keys::past(keys::stream_prefix));
}

void Commit::rename(std::string_view from, std::string_view to, Stream stream, Stream other) {
    durable_ = true;
    set_name(stream, to);
    if (other == 0) {
        batch_.Delete(keys::stream(from));
    } else {
        set_name(other, from);
    }
}

void Commit::discard_letters(Stream stream, std::uint64_t records) {
    durable_ = true;
    auto& change = changes_.at(stream - 1);
    auto& totals = change.letters;
    if (totals.count > 0)
        delete_range(ColumnFamily::letters, keys::numbered(stream, totals.first), keys::numbered(stream, totals.next));
    letters_removed_ += totals.count;
    totals.purged += totals.count + records;
    totals.next += records;
    totals.first = totals.next;
    totals.count = totals.bytes = 0;
    for (const auto& account : streams_[stream - 1].letter_accounts)
        change.accounts.insert_or_assign(account.first, DeadLetterAccount{});  // empty accounts are deleted
    changed_letters_.push_back(stream);
}

void Commit::delete_records(Stream stream, Range range) {
    delete_range(ColumnFamily::records, keys::numbered(stream, range.begin), keys::numbered(stream, range.end));
}

void Commit::delete_message_ids(std::string_view source, WallTime before) {
    delete_range(ColumnFamily::message_ids, keys::message_ids_from(source, WallTime{}),
                 keys::message_ids_from(source, before));
}

void Commit::delete_range(ColumnFamily column_family, const std::string& from, const std::string& to) {
    batch_.DeleteRange(store_.column_family(column_family), from, to);
    batch_.Put(store_.column_family(column_family), rocksdb::Slice(keys::anchor.data(), keys::anchor.size()), "");
}

rocksdb::WriteBatch& Commit::finish() {
    for (const auto& [of, messages] : message_ids_) {
        batch_.Put(store_.column_family(ColumnFamily::message_ids), keys::message_ids(of.first, of.second, number_),
                   messages);
    }
    message_ids_.clear();
    for (const auto stream : changed_letters_) batch_.Put(keys::letters(stream), letters(stream).encode());
    for (Stream stream = 1; stream <= changes_.size(); ++stream) {
        for (const auto& [source, account] : changes_[stream - 1].accounts) {
            const auto key = keys::letter_account(stream, source);
            account.count == 0 ? batch_.Delete(key) : batch_.Put(key, account.encode());
        }
    }
    for (Stream stream = 1; stream <= changes_.size(); ++stream) {
        const auto& change = changes_[stream - 1];
        if (change.added_bytes == 0 && change.acked_bytes == 0) continue;
        std::string bytes;
        put_varint(bytes, record_bytes(stream));
        batch_.Put(keys::pending(stream), bytes);
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        if (changes_[i].lost_letters == 0) continue;
        auto losses = changes_[i].losses;
        losses.letters += changes_[i].lost_letters;
        set_lost(static_cast<Stream>(i + 1), losses);
    }
    std::string number;
    put_varint(number, number_);
    batch_.Put(rocksdb::Slice(keys::commit.data(), keys::commit.size()), number);
    return batch_;
}

void Commit::publish(Streams& streams) const {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        streams[i].last = changes_[i].last;
        streams[i].record_bytes = record_bytes(static_cast<Stream>(i + 1));
        streams[i].acked_bytes -= std::min(changes_[i].acked_bytes, streams[i].acked_bytes);
        streams[i].occupied.fetch_add(changes_[i].added_bytes, std::memory_order_relaxed);
        streams[i].unwritten_letters -= changes_[i].letters.of_records() - streams[i].letters.of_records();
        streams[i].letters = changes_[i].letters;
        for (const auto& [source, account] : changes_[i].accounts) {
            if (account.count == 0) {
                streams[i].letter_accounts.erase(source);
            } else {
                streams[i].letter_accounts.insert_or_assign(source, account);
            }
        }
        streams[i].lost.letters += changes_[i].lost_letters;
    }
}

void Commit::notify_listeners(const Streams& streams) {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        auto& records = changes_[i].records;
        if (records.empty()) continue;
        const MutexLock lock(streams[i].listener_mutex);
        if (streams[i].committed) streams[i].committed(records);
    }
}

}  // namespace pintle::journal
