#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pintle/journal/journal.hpp"

namespace pintle::testing {

// A journal whose commits happen when the test says so, with the outcome it says.
class ManualJournal final : public journal::Journal {
public:
    explicit ManualJournal(std::vector<std::pair<MessageHash, WallTime>> earlier) : seen(std::move(earlier)) {}

    journal::Log open_log(std::string_view) override { return 1; }
    std::vector<std::string> logs() const override { return {}; }
    void subscribe(journal::Log, journal::Committed) override {}
    bool has_room() const noexcept override { return room; }
    bool has_room(journal::Log) const noexcept override { return room && room_in_log; }
    void set_share(journal::Log, std::uint64_t) override {}
    void append(journal::Append append, journal::Done done) override {
        waiting.emplace_back(std::move(append), std::move(done));
    }
    std::vector<journal::Stored> read(journal::Log, journal::Position, std::size_t, std::size_t) const override {
        return {};
    }
    journal::Position first_unsettled(journal::Log) const override { return 1; }
    journal::Position last(journal::Log) const override { return 0; }
    std::uint64_t unsettled(journal::Log) const override { return 0; }
    std::uint64_t unwritten(journal::Log) const override { return 0; }
    void settle(journal::Log, journal::Position, std::size_t) override {}
    void dead_letter(journal::Log, journal::Position, std::size_t, journal::DeadLetter) override {}
    std::vector<journal::DeadLetter> dead_letters(journal::Log, std::uint64_t, std::size_t) const override {
        return {};
    }
    journal::LogUsage log_usage(journal::Log) const override { return {}; }
    journal::LetterUsage letter_usage(journal::Log) const override { return {}; }
    journal::Ledger ledger(journal::Log) const override { return {}; }
    void seen_since(WallTime, const VisitSeen& visit) const override {
        for (const auto& [hash, time] : seen) visit("default", hash, time);
    }
    std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
    void put(std::string_view, std::string_view) override {}
    journal::Usage usage() const override { return {}; }
    void close() override {}

    // Commits the oldest append that waits.
    journal::Append commit(boost::system::error_code error = {}) {
        auto [append, done] = std::move(waiting.front());
        waiting.pop_front();
        if (!error) seen.insert(seen.end(), append.seen.begin(), append.seen.end());
        done(error);
        return std::move(append);
    }

    bool room = true;
    bool room_in_log = true;
    std::deque<std::pair<journal::Append, journal::Done>> waiting;
    std::vector<std::pair<MessageHash, WallTime>> seen;
};

}  // namespace pintle::testing
