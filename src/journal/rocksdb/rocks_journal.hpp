#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"
#include "rocksdb/open.hpp"
#include "rocksdb/read_failures.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// The journal on RocksDB: the interface to callers, in front of the commit thread.
class RocksJournal final : public Journal {
public:
    RocksJournal(const JournalOptions& options, rocksdb::Env* env, const Tuning& tuning);
    ~RocksJournal() override;

    Stream create_or_open_stream(std::string_view name) override;
    void rename_streams(std::vector<StreamRename> renames) override;
    void discard(Stream stream) override;
    std::optional<Stream> find_stream(std::string_view name) const override;
    std::vector<std::string> streams() const override;
    void subscribe(Stream stream, CommitListener committed) override;
    void subscribe_dead_letters(Stream stream, DeadLetterListener committed) override;
    bool has_room() const noexcept override;
    bool has_room(Stream stream) const noexcept override;
    void set_share(Stream stream, std::uint64_t max_bytes) override;
    void append(WriteBatch append, WriteCallback done) override;
    std::vector<StoredRecord> read(Stream stream, Offset after, std::size_t limit, std::size_t bytes) const override;
    Offset first_pending(Stream stream) const override;
    Offset last(Stream stream) const override;
    std::uint64_t pending(Stream stream) const override;
    std::uint64_t unwritten_acks(Stream stream) const override;
    using Journal::ack;
    using Journal::dead_letter;
    void ack(Stream stream, Offset offset, std::size_t bytes) override;
    void dead_letter(Stream stream, Offset offset, std::size_t bytes, DeadLetter letter) override;
    std::vector<DeadLetter> dead_letters(Stream stream, std::uint64_t after, std::size_t limit) const override;
    StreamUsage stream_usage(Stream stream) const override;
    DeadLetterUsage dead_letter_usage(Stream stream) const override;
    Ledger ledger(Stream stream) const override;
    void message_ids_since(WallTime since, const VisitMessageIds& visit) const override;
    std::optional<std::string> metadata(Stream, std::string_view name) const override { return metadata(name); }
    void set_metadata(Stream, std::string_view name, std::string_view value) override { set_metadata(name, value); }
    std::optional<std::string> metadata(std::string_view name) const override;
    void set_metadata(std::string_view name, std::string_view value) override;
    void subscribe_ownership(Stream stream, OwnershipListener changed) override;
    bool may_send(Stream) const noexcept override { return true; }
    void release(Stream, ReleaseReason) override {}
    void submit(Stream stream, std::string command, WriteCallback done) override;
    void subscribe_commands(Stream stream, CommandListener listener) override;
    std::optional<Cluster> cluster() const override { return std::nullopt; }
    void announce(Announcement) override {}
    Usage usage() const override;
    void close() override;

private:
    struct ReadBudget;

    Stream change_streams(StreamChange change);
    Range pending_run(Stream stream, Offset from, Offset last) const;
    void read_run(Stream stream, Range run, Cursor& cursor, ReadBudget& budget,
                  std::vector<StoredRecord>& records) const;
    Offset read_damaged(Stream stream, Range run, Cursor& cursor, ReadBudget& budget,
                        std::vector<StoredRecord>& records) const;
    bool is_within_share(const WriteBatch& append) const noexcept;
    bool ack(StreamState& stream, Offset offset, std::size_t bytes) REQUIRES(state_.mutex);
    void report_damaged(Stream stream, const std::vector<std::uint64_t>& ids) const;
    void write_losses(std::uint64_t number);
    void begin_watermark(std::uint64_t number);

    const std::uint64_t max_size_;
    const bool read_only_;
    mutable State state_;
    mutable ReadFailures record_read_failures_;
    mutable ReadFailures letter_read_failures_;
    Store store_;
    Mutex commands_mutex_;
    std::map<Stream, CommandListener> command_listeners_ GUARDED_BY(commands_mutex_);
    Mutex closing_mutex_;                                   // for `close` on several threads at once
    std::thread commit_thread_ GUARDED_BY(closing_mutex_);  // none if the journal is read-only
};

}  // namespace pintle::journal
