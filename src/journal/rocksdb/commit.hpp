#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/write_batch.h>
#include <boost/system/error_code.hpp>

#include "pintle/base/time.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// One write to the database, and what it changes once it is on disk: until `publish` nothing of it is visible.
class Commit {
public:
    // It is the commit of that number; offsets and ids go on from where `streams` are. `size`: about what it will have.
    Commit(const Store& store, const std::deque<StreamState>& streams, std::uint64_t number, std::size_t size = 0);

    // Takes the records out of `append`. On an error nothing of it was added: what it removes cannot be read.
    boost::system::error_code add(WriteBatch& append);
    void add_letter(Stream stream, const DeadLetter& letter);  // of a record that was settled
    // It cannot be read any more. `before`: what was lost of its log so far.
    void lose_letter(Stream stream, std::uint64_t id, const Losses& before);
    void add_fact(std::string_view name, std::string_view value);
    void set_acked(Stream stream, std::string_view encoded, std::uint64_t bytes);  // `bytes` more of its records are
    void set_lost(Stream stream, const Losses& losses);
    void set_letters(Stream stream);  // writes their totals and accounts though they have not changed
    void set_name(Stream stream, std::string_view name);
    void delete_records(Stream stream, Range range);
    void forget_seen(std::string_view source, WallTime before);

    // The oldest letters of one source's account go.
    struct Dropped {
        std::vector<std::uint64_t> ids;  // rising
        std::uint64_t bytes = 0;         // of all of them
        std::uint64_t next = 0;          // the account has none below this any more
        std::uint64_t first = 0;         // nor has the log below this; 0: not known
    };
    void drop_letters(Stream stream, std::string_view source, const Dropped& dropped);
    const DeadLetterTotals& letters(Stream stream) const { return changes_[stream - 1].letters; }
    DeadLetterAccounts letter_accounts(Stream stream) const;
    std::string_view account_of(Stream stream, std::uint64_t letter, std::string_view source) const;
    bool removes(Stream stream, std::uint64_t letter) const { return changes_[stream - 1].removed.contains(letter); }

    // Message ids that it remembers, one after the other, by source and time. The sources are those of the appends, and
    // live as long as they.
    using SeenOf = std::pair<std::string_view, WallTime>;
    const std::map<SeenOf, std::string>& message_ids() const { return message_ids_; }

    // The batch, complete: nothing is added after it.
    rocksdb::WriteBatch& finish();

    // True where somebody waits for it to be on disk.
    bool must_be_durable() const { return durable_; }
    bool has_letters() const { return !lettered_.empty(); }
    std::uint64_t letters_gone() const { return letters_gone_; }
    std::uint64_t number() const { return number_; }
    std::size_t size() const { return batch_.GetDataSize(); }  // in bytes

    // Makes it visible. Under the state's mutex.
    void publish(std::deque<StreamState>& streams) const;

    // Hands the records to the logs' subscribers.
    void notify_listeners(const std::deque<StreamState>& streams);

private:
    std::uint64_t record_bytes(Stream stream) const;
    DeadLetterAccount& account(Stream stream, std::string_view source);
    bool remove_letter(Stream stream, std::uint64_t id, std::string_view bytes);
    void delete_range(ColumnFamily column_family, const std::string& from, const std::string& to);

    struct Change {
        Offset last = 0;
        std::uint64_t added_bytes = 0;  // of records
        std::uint64_t acked_bytes = 0;  // the same
        DeadLetterTotals letters;
        DeadLetterAccounts accounts;     // those that it changes
        std::uint64_t lost_letters = 0;  // of `letters`, by this commit
        Losses losses;                   // before it
        std::vector<StoredRecord> records;
        std::set<std::uint64_t> removed;  // letters
    };

    const Store& store_;
    const std::deque<StreamState>& logs_;
    std::uint64_t number_;
    rocksdb::WriteBatch batch_;
    std::vector<Change> changes_;                // by log
    std::map<SeenOf, std::string> message_ids_;  // until it is finished
    std::vector<Stream> lettered_;               // logs whose totals changed, perhaps repeated
    std::uint64_t letters_gone_ = 0;
    bool durable_ = false;
};

}  // namespace pintle::journal
