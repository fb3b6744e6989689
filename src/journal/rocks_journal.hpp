#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "journal/damaged_places.hpp"
#include "journal/open.hpp"
#include "journal/state.hpp"
#include "journal/store.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// The journal on RocksDB: what callers see, in front of the commit thread.
class RocksJournal final : public Journal {
public:
    RocksJournal(const JournalOptions& options, rocksdb::Env* env, const Pace& pace);
    ~RocksJournal() override;

    Log open_log(std::string_view name) override;
    std::vector<std::string> logs() const override;
    void subscribe(Log log, Committed committed) override;
    bool has_room() const noexcept override;
    bool has_room(Log log) const noexcept override;
    void set_share(Log log, std::uint64_t max_bytes) override;
    void append(Append append, Done done) override;
    std::vector<Stored> read(Log log, Position after, std::size_t limit, std::size_t bytes) const override;
    Position first_unsettled(Log log) const override;
    Position last(Log log) const override;
    std::uint64_t unsettled(Log log) const override;
    std::uint64_t unwritten(Log log) const override;
    using Journal::dead_letter;
    using Journal::settle;
    void settle(Log log, Position position, std::size_t bytes) override;
    void dead_letter(Log log, Position position, std::size_t bytes, DeadLetter letter) override;
    std::vector<DeadLetter> dead_letters(Log log, std::uint64_t after, std::size_t limit) const override;
    LogUsage log_usage(Log log) const override;
    LetterUsage letter_usage(Log log) const override;
    Ledger ledger(Log log) const override;
    void seen_since(WallTime since, const VisitSeen& visit) const override;
    std::optional<std::string> get(std::string_view name) const override;
    void put(std::string_view name, std::string_view value) override;
    Usage usage() const override;
    void close() override;

private:
    struct Wanted;

    Range unsettled_run(Log log, Position from, Position last) const;
    void read_run(Log log, Range run, Cursor& cursor, Wanted& wanted, std::vector<Stored>& records) const;
    Position read_damaged(Log log, Range run, Cursor& cursor, Wanted& wanted, std::vector<Stored>& records) const;
    bool takes(const Append& append) const noexcept;
    bool settle_locked(LogState& log, Position position, std::size_t bytes);
    void note_damaged(Log log, const std::vector<std::uint64_t>& ids) const;
    void write_losses(std::uint64_t number);
    void begin_watermark(std::uint64_t number);

    const std::uint64_t max_size_;
    mutable State state_;
    mutable DamagedPlaces damaged_records_;
    mutable DamagedPlaces damaged_letters_;
    Store store_;
    std::mutex closing_;
    std::thread commit_thread_;  // none where the journal is only read
};

}  // namespace pintle::journal
