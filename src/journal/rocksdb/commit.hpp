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

// One write to the database and the changes to the streams' state that it brings. Nothing is visible before `publish`.
// For the commit thread.
class Commit {
public:
    // `number` is the commit's. Offsets and ids continue those of `streams`. `size` is the expected size in bytes.
    Commit(const Store& store, const Streams& streams, std::uint64_t number, std::size_t size = 0);

    // Moves the records out of `append`, and gives its dead letters their ids. Fails if a letter that it removes cannot
    // be read; then nothing is added.
    boost::system::error_code add(WriteBatch& append);
    // Adds the letter of an acked record, and gives it its id.
    void add_letter(Stream stream, DeadLetter& letter);
    // Deletes a letter that cannot be read and counts it as lost. `before` are the stream's losses so far.
    void mark_letter_lost(Stream stream, std::uint64_t id, const Losses& before);
    void add_metadata(std::string_view name, std::string_view value);
    void set_acked(Stream stream, std::string_view encoded, std::uint64_t bytes);  // `bytes`: of newly acked records
    void set_lost(Stream stream, const Losses& losses);
    void set_letters(Stream stream);  // writes the totals and accounts even if they have not changed
    void set_name(Stream stream, std::string_view name);
    void delete_names();  // of all streams: only those that are set afterwards remain
    void rename(std::string_view from, std::string_view to, Stream stream, Stream other);  // 0: no other has the name
    void discard_letters(Stream stream, std::uint64_t records);  // and counts those records as purged letters
    void require_durable() { durable_ = true; }
    void delete_records(Stream stream, Range range);
    void delete_message_ids(std::string_view source, WallTime before);

    // The oldest letters of one source, to be deleted.
    struct Eviction {
        std::vector<std::uint64_t> ids;  // ascending
        std::uint64_t bytes = 0;         // total size
        std::uint64_t next = 0;          // afterwards the source has no letter below this id
        std::uint64_t first = 0;         // afterwards the stream has no letter below this id; 0: unknown
    };
    void evict_letters(Stream stream, std::string_view source, const Eviction& eviction);
    Offset last(Stream stream) const { return changes_[stream - 1].last; }
    const DeadLetterTotals& letters(Stream stream) const { return changes_[stream - 1].letters; }
    DeadLetterAccounts letter_accounts(Stream stream) const;
    std::string_view account_of(Stream stream, std::uint64_t letter, std::string_view source) const;
    bool removes(Stream stream, std::uint64_t letter) const { return changes_[stream - 1].removed.contains(letter); }

    // The message ids to store, concatenated, by source and time. The names are views of the appends' own.
    using MessageIdGroup = std::pair<std::string_view, WallTime>;
    const std::map<MessageIdGroup, std::string>& message_ids() const { return message_ids_; }

    // Returns the complete batch. Nothing may be added afterwards.
    rocksdb::WriteBatch& finish();

    // True if a caller waits until it is on disk.
    bool must_be_durable() const { return durable_; }
    bool has_letters() const { return !changed_letters_.empty(); }
    std::uint64_t letters_removed() const { return letters_removed_; }
    std::uint64_t number() const { return number_; }
    std::size_t size() const { return batch_.GetDataSize(); }  // in bytes

    // Makes the changes visible. The caller holds the state's mutex.
    void publish(Streams& streams) const;

    // Passes the records to the streams' listeners.
    void notify_listeners(const Streams& streams);

private:
    std::uint64_t record_bytes(Stream stream) const;
    DeadLetterAccount& account(Stream stream, std::string_view source);
    bool remove_letter(Stream stream, std::uint64_t id, std::string_view bytes);
    void delete_range(ColumnFamily column_family, const std::string& from, const std::string& to);

    struct Change {
        Offset last = 0;
        std::uint64_t added_bytes = 0;  // of records
        std::uint64_t acked_bytes = 0;  // likewise
        DeadLetterTotals letters;
        DeadLetterAccounts accounts;     // only those that change
        std::uint64_t lost_letters = 0;  // newly lost
        Losses losses;                   // before this commit
        std::vector<StoredRecord> records;
        std::set<std::uint64_t> removed;  // letters
    };

    const Store& store_;
    const Streams& streams_;
    std::uint64_t number_;
    rocksdb::WriteBatch batch_;
    std::vector<Change> changes_;                        // by stream
    std::map<MessageIdGroup, std::string> message_ids_;  // until `finish`
    std::vector<Stream> changed_letters_;                // streams whose totals changed, with duplicates
    std::uint64_t letters_removed_ = 0;
    bool durable_ = false;
};

}  // namespace pintle::journal
