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

#include "journal/state.hpp"
#include "journal/store.hpp"

namespace pintle::journal {

// One write to the database, and what it changes once it is on disk: until `publish` nothing of it is visible.
class Commit {
public:
    // It is the commit of that number; positions and ids go on from where `logs` are. `size`: about what it will have.
    Commit(const Store& store, const std::deque<LogState>& logs, std::uint64_t number, std::size_t size = 0);

    // Takes the records out of `append`. On an error nothing of it was added: what it removes cannot be read.
    boost::system::error_code add(Append& append);
    void add_letter(Log log, const DeadLetter& letter);  // of a record that was settled
    // It cannot be read any more. `before`: what was lost of its log so far.
    void lose_letter(Log log, std::uint64_t id, const Losses& before);
    void add_fact(std::string_view name, std::string_view value);
    void set_settled(Log log, std::string_view encoded, std::uint64_t bytes);  // `bytes` more of its records are
    void set_lost(Log log, const Losses& losses);
    void set_letters(Log log);  // writes their totals and accounts though they have not changed
    void set_name(Log log, std::string_view name);
    void delete_records(Log log, Range range);
    void forget_seen(std::string_view source, WallTime before);

    // The oldest letters of one source's account go.
    struct Dropped {
        std::vector<std::uint64_t> ids;  // rising
        std::uint64_t bytes = 0;         // of all of them
        std::uint64_t next = 0;          // the account has none below this any more
        std::uint64_t first = 0;         // nor has the log below this; 0: not known
    };
    void drop_letters(Log log, std::string_view source, const Dropped& dropped);
    const LetterTotals& letters(Log log) const { return changes_[log - 1].letters; }
    LetterAccounts letter_accounts(Log log) const;
    std::string_view account_of(Log log, std::uint64_t letter, std::string_view source) const;
    bool removes(Log log, std::uint64_t letter) const { return changes_[log - 1].removed.contains(letter); }

    // Message ids that it remembers, one after the other, by source and time. The sources are those of the appends, and
    // live as long as they.
    using SeenOf = std::pair<std::string_view, WallTime>;
    const std::map<SeenOf, std::string>& seen() const { return seen_; }

    // The batch, complete: nothing is added after it.
    rocksdb::WriteBatch& finish();

    // True where somebody waits for it to be on disk.
    bool must_be_durable() const { return durable_; }
    bool has_letters() const { return !lettered_.empty(); }
    std::uint64_t letters_gone() const { return letters_gone_; }
    std::uint64_t number() const { return number_; }
    std::size_t size() const { return batch_.GetDataSize(); }  // in bytes

    // Makes it visible. Under the state's mutex.
    void publish(std::deque<LogState>& logs) const;

    // Hands the records to the logs' subscribers.
    void announce(const std::deque<LogState>& logs);

private:
    std::uint64_t record_bytes(Log log) const;
    LetterAccount& account(Log log, std::string_view source);
    bool remove_letter(Log log, std::uint64_t id, std::string_view bytes);
    void delete_range(Column column, const std::string& from, const std::string& to);

    struct Change {
        Position last = 0;
        std::uint64_t added_bytes = 0;    // of records
        std::uint64_t settled_bytes = 0;  // the same
        LetterTotals letters;
        LetterAccounts accounts;         // those that it changes
        std::uint64_t lost_letters = 0;  // of `letters`, by this commit
        Losses losses;                   // before it
        std::vector<Stored> records;
        std::set<std::uint64_t> removed;  // letters
    };

    const Store& store_;
    const std::deque<LogState>& logs_;
    std::uint64_t number_;
    rocksdb::WriteBatch batch_;
    std::vector<Change> changes_;         // by log
    std::map<SeenOf, std::string> seen_;  // until it is finished
    std::vector<Log> lettered_;           // logs whose totals changed, perhaps repeated
    std::uint64_t letters_gone_ = 0;
    bool durable_ = false;
};

}  // namespace pintle::journal
