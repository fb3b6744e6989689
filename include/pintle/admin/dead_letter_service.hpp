#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/base/age_clock.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/result.hpp"
#include "pintle/config/config.hpp"
#include "pintle/ingest/replayer.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// The dead letters of a running daemon; replays follow the configuration. Letters of a stream without a destination are
// listed and purged like others, and not replayed. Must be destroyed before the journal.
class DeadLetterService final : public DeadLetterOperations {
public:
    static constexpr std::chrono::milliseconds default_commit_timeout{30'000};

    // `commit_timeout`: how long a replay or a purge waits for the disk before it fails with 503.
    DeadLetterService(journal::Journal& journal, const AgeClock& ages, const config::Config& config,
                      std::chrono::milliseconds commit_timeout = default_commit_timeout);

    ApiResult<Letters> list(const DeadLetterQuery& query) override;
    ApiResult<Replayed> replay(const DeadLetterQuery& query) override;
    ApiResult<Purged> purge(const DeadLetterQuery& query) override;
    ApiResult<Imported> import(std::vector<journal::DeadLetter> letters) override;

    // Another configuration; applies from the next letter on. Thread-safe.
    void reconfigure(const config::Config& config);

    // Since the start. Thread-safe.
    struct Counts {
        std::uint64_t replayed = 0;
        std::uint64_t purged = 0;
    };
    Counts counts(journal::Stream stream) const;

private:
    // By stream, since the start. Callbacks of the journal share it, as they may come when nobody waits any more.
    struct Counters {
        Mutex mutex;
        std::map<journal::Stream, Counts> counts GUARDED_BY(mutex);
    };

    ApiResult<Letters> find(const DeadLetterQuery& query, const std::vector<DeadLetterStream>& streams,
                            std::string_view verb);
    std::optional<ApiError> check_replayable(const std::string& destination,
                                             const std::vector<DeadLetterStream>& streams);
    Result<void> map(const journal::DeadLetter& letter, std::string& record);
    std::optional<ApiError> commit(journal::WriteBatch append, std::string_view participle,
                                   std::function<void()> committed);
    std::optional<ApiError> remove(journal::WriteBatch append, std::string_view participle,
                                   std::uint64_t Counts::* counter);

    journal::Journal& journal_;
    const AgeClock& ages_;
    const std::chrono::milliseconds commit_timeout_;
    Mutex replayers_mutex_;
    std::map<std::string, ingest::Replayer> replayers_ GUARDED_BY(replayers_mutex_);  // by destination
    const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace pintle::admin
