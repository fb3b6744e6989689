#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/letter_walk.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/app/config.hpp"
#include "pintle/ingest/readmission.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/record/age_clock.hpp"

namespace pintle::app {

// The dead letters of a running daemon: replays them by the configuration's rules. Must be made before the journal's
// first append, and be gone before it.
class LetterOffice final : public admin::DeadLetterOffice {
public:
    LetterOffice(journal::Journal& journal, const AgeClock& ages, const Config& config);

    admin::Answered<admin::Letters> list(const admin::LetterQuery& query) override;
    admin::Answered<admin::Replayed> replay(const admin::LetterQuery& query) override;
    admin::Answered<admin::Purged> purge(const admin::LetterQuery& query) override;

    // Another configuration of the same destinations, from the next letter on. Thread-safe.
    void reconfigure(const Config& config);

    // Since the start. Thread-safe.
    struct Counts {
        std::uint64_t replayed = 0;
        std::uint64_t purged = 0;
    };
    Counts counts(journal::Log log) const;

private:
    struct Counters {
        std::atomic<std::uint64_t> replayed{0};
        std::atomic<std::uint64_t> purged{0};
    };

    admin::Answered<admin::Letters> find(const admin::LetterQuery& query, std::string_view verb);
    journal::Log log_of(const std::string& destination) const;
    mapping::Result<void> map(const journal::DeadLetter& letter, std::string& record);
    std::optional<admin::Fault> carry_out(journal::Append append, std::string_view done,
                                          std::atomic<std::uint64_t> Counters::* counter);

    journal::Journal& journal_;
    const AgeClock& ages_;
    std::vector<LetterBox> boxes_;
    std::mutex readmissions_mutex_;
    std::map<std::string, ingest::Readmission> readmissions_;  // by destination
    std::map<journal::Log, Counters> counters_;
};

}  // namespace pintle::app
