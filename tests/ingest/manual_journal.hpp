#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::testing {

// A journal whose commits happen when the test says so, with the outcome it says.
class ManualJournal final : public journal::Journal {
public:
    explicit ManualJournal(std::vector<std::pair<MessageHash, WallTime>> earlier = {})
        : message_ids(std::move(earlier)) {}

    journal::Stream create_or_open_stream(std::string_view) override { return 1; }
    void rename_streams(std::vector<journal::StreamRename>) override {}
    void discard(journal::Stream) override {}
    std::optional<journal::Stream> find_stream(std::string_view) const override { return 1; }
    std::vector<std::string> streams() const override { return {}; }
    void subscribe(journal::Stream, journal::CommitListener) override {}
    bool has_room() const noexcept override { return room; }
    bool has_room(journal::Stream stream) const noexcept override { return room && room_in_log && stream != full; }
    void set_share(journal::Stream, std::uint64_t) override {}
    void append(journal::WriteBatch append, journal::WriteCallback done) override {
        waiting.emplace_back(std::move(append), std::move(done));
    }
    std::vector<journal::StoredRecord> read(journal::Stream, journal::Offset, std::size_t, std::size_t) const override {
        return {};
    }
    journal::Offset first_pending(journal::Stream) const override { return 1; }
    journal::Offset last(journal::Stream) const override { return 0; }
    std::uint64_t pending(journal::Stream) const override { return pending_records; }
    std::uint64_t unwritten_acks(journal::Stream) const override { return acks_not_written; }
    void subscribe_dead_letters(journal::Stream, journal::DeadLetterListener) override {}
    void ack(journal::Stream, journal::Offset, std::size_t) override {}
    void dead_letter(journal::Stream, journal::Offset, std::size_t, journal::DeadLetter) override {}
    std::vector<journal::DeadLetter> dead_letters(journal::Stream, std::uint64_t, std::size_t) const override {
        return {};
    }
    journal::StreamUsage stream_usage(journal::Stream stream) const override {
        return {0, 0, !room_in_log || stream == full, {}};
    }
    journal::DeadLetterUsage dead_letter_usage(journal::Stream) const override { return {}; }
    journal::Ledger ledger(journal::Stream) const override { return {}; }
    void message_ids_since(WallTime, const VisitMessageIds& visit) const override {
        for (const auto& [hash, time] : message_ids) visit("default", hash, time);
    }
    std::optional<std::string> metadata(journal::Stream, std::string_view) const override { return std::nullopt; }
    void set_metadata(journal::Stream, std::string_view, std::string_view) override {}
    std::optional<std::string> metadata(std::string_view) const override { return std::nullopt; }
    void set_metadata(std::string_view, std::string_view) override {}
    void subscribe_ownership(journal::Stream, journal::OwnershipListener) override {}
    bool may_send(journal::Stream) const noexcept override { return may_deliver; }
    void release(journal::Stream, journal::ReleaseReason) override {}
    void submit(journal::Stream, std::string, journal::WriteCallback) override {}
    void subscribe_commands(journal::Stream, journal::CommandListener) override {}
    std::optional<journal::Cluster> cluster() const override { return std::nullopt; }
    void announce(journal::Announcement) override {}
    journal::Usage usage() const override { return {}; }
    void close() override {}

    // Commits the oldest append that waits.
    journal::WriteBatch commit(boost::system::error_code error = {}) {
        auto [append, done] = std::move(waiting.front());
        waiting.pop_front();
        if (!error) message_ids.insert(message_ids.end(), append.message_ids.begin(), append.message_ids.end());
        done(error);
        return std::move(append);
    }

    bool room = true;
    bool room_in_log = true;
    bool may_deliver = true;
    std::uint64_t pending_records = 0;
    std::uint64_t acks_not_written = 0;
    journal::Stream full = 0;  // 0: none is
    std::deque<std::pair<journal::WriteBatch, journal::WriteCallback>> waiting;
    std::vector<std::pair<MessageHash, WallTime>> message_ids;
};

}  // namespace pintle::testing
