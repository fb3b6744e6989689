#include "pintle/admin/dead_letter_service.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/errc.hpp>

#include "dead_letter_scan.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t max_letters = 250;  // in one commit

// Null if there is none.
const DeadLetterStream* stream_of(const std::vector<DeadLetterStream>& streams, const std::string& destination) {
    const auto found = std::ranges::find(streams, destination, &DeadLetterStream::destination);
    return found == streams.end() ? nullptr : &*found;
}

}  // namespace

DeadLetterService::DeadLetterService(journal::Journal& journal, const AgeClock& ages, const config::Config& config,
                                     std::chrono::milliseconds commit_timeout)
    : journal_(journal), ages_(ages), commit_timeout_(commit_timeout) {
    reconfigure(config);
}

void DeadLetterService::reconfigure(const config::Config& config) {
    const MutexLock lock(replayers_mutex_);
    replayers_.clear();
    for (const auto& destination : config.destinations) {
        replayers_.emplace(destination.name, ingest::ReplayPolicy{destination.mapping, destination.consent_policy(),
                                                                  destination.event_filter(), config.ingest.max_event});
    }
}

ApiResult<Letters> DeadLetterService::list(const DeadLetterQuery& query) {
    return list_dead_letters(journal_, dead_letter_streams(journal_), query, wall_now());
}

// The letters that one commit replays or purges.
ApiResult<Letters> DeadLetterService::find(const DeadLetterQuery& query, const std::vector<DeadLetterStream>& streams,
                                           std::string_view verb) {
    auto filter = DeadLetterFilter::read(query, wall_now());
    if (!filter) return filter.error();
    if (filter->empty() && !query.all) {
        return ApiError{403, "all=true is required to " + std::string(verb) + " all dead letters without a filter"};
    }
    ScanBudget budget;
    budget.matches = query.limit > 0 ? std::min(query.limit, max_letters) : max_letters;
    return find_dead_letters(journal_, streams, *filter, query.after, budget);
}

// An error where the query names a stream that belongs to no destination: nothing could deliver its events.
std::optional<ApiError> DeadLetterService::check_replayable(const std::string& destination,
                                                            const std::vector<DeadLetterStream>& streams) {
    if (destination.empty()) return std::nullopt;
    const MutexLock lock(replayers_mutex_);
    if (replayers_.contains(destination)) return std::nullopt;
    if (stream_of(streams, destination) == nullptr) return std::nullopt;
    std::string problem = "the configuration has no destination " + destination +
                          " any more, so its dead letters cannot be replayed; configure it again";
    // A cluster renames no streams.
    if (!journal_.cluster()) problem += ", or name it in the `formerly` of the destination that takes its events over";
    return ApiError{409, std::move(problem)};
}

Result<void> DeadLetterService::map(const journal::DeadLetter& letter, std::string& record) {
    if (letter.reason == Reason::erased) return letter.reason;  // it has nothing of the event
    const MutexLock lock(replayers_mutex_);
    const auto replayer = replayers_.find(letter.destination);
    if (replayer == replayers_.end()) return Reason::destination_not_configured;
    const auto now = wall_now();
    return replayer->second.take(letter, now, age_start(ages_.now(), now), record);
}

// Calls `committed` once the change is on disk. On an error nothing has changed, unless the disk takes too long: the
// commit may still come then, and is counted.
std::optional<ApiError> DeadLetterService::commit(journal::WriteBatch append, std::string_view participle,
                                                  std::function<void()> committed) {
    // Shared, as the commit thread may still use it when nobody waits any more.
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto outcome = promise->get_future();
    journal_.append(std::move(append), [promise, committed = std::move(committed)](boost::system::error_code error) {
        if (!error) committed();
        promise->set_value(error);
    });
    if (outcome.wait_for(commit_timeout_) != std::future_status::ready) {
        return ApiError{503, "the disk is slow: the dead letters of this step may still be " + std::string(participle)};
    }
    if (const auto error = outcome.get()) {
        if (error == boost::system::errc::timed_out) {
            return ApiError{
                503, "the journal is slow: the dead letters of this step may still be " + std::string(participle)};
        }
        return ApiError{503, "no dead letter of this step was " + std::string(participle) + ": " + error.message()};
    }
    return std::nullopt;
}

// Removes letters with one commit and counts them.
std::optional<ApiError> DeadLetterService::remove(journal::WriteBatch append, std::string_view participle,
                                                  std::uint64_t Counts::* counter) {
    if (append.removed.empty()) return std::nullopt;
    auto count = [counters = counters_, removed = append.removed, counter] {
        const MutexLock lock(counters->mutex);
        for (const auto& letter : removed) ++(counters->counts[letter.first].*counter);
    };
    return commit(std::move(append), participle, std::move(count));
}

ApiResult<Replayed> DeadLetterService::replay(const DeadLetterQuery& query) {
    const auto streams = dead_letter_streams(journal_);
    if (auto error = check_replayable(query.destination, streams)) return *error;
    auto found = find(query, streams, "replay");
    if (!found) return found.error();
    Replayed outcome;
    journal::WriteBatch append;
    for (const auto& letter : found->letters) {
        std::string record;
        if (const auto mapped = map(letter, record); !mapped) {
            outcome.kept.push_back({name_of(letter), mapped.error()});
            continue;
        }
        const auto stream = stream_of(streams, letter.destination)->stream;
        append.records.push_back({stream, std::move(record)});
        append.removed.emplace_back(stream, letter.id);
        ++outcome.by_reason[std::string(code(letter.reason))];
    }
    outcome.replayed = append.removed.size();
    outcome.next = std::move(found->next);
    outcome.dry_run = query.dry_run;
    if (query.dry_run) return outcome;
    if (const auto error = remove(std::move(append), "replayed", &Counts::replayed)) return *error;
    if (outcome.replayed > 0) {
        logging::info("dead_letters_replayed count={} kept={}", outcome.replayed, outcome.kept.size());
    }
    return outcome;
}

ApiResult<Purged> DeadLetterService::purge(const DeadLetterQuery& query) {
    const auto streams = dead_letter_streams(journal_);
    auto found = find(query, streams, "delete");
    if (!found) return found.error();
    journal::WriteBatch append;
    Purged outcome;
    for (const auto& letter : found->letters) {
        append.removed.emplace_back(stream_of(streams, letter.destination)->stream, letter.id);
        ++outcome.by_reason[std::string(code(letter.reason))];
    }
    outcome.purged = append.removed.size();
    outcome.next = std::move(found->next);
    outcome.dry_run = query.dry_run;
    if (query.dry_run) return outcome;
    if (const auto error = remove(std::move(append), "deleted", &Counts::purged)) return *error;
    if (outcome.purged > 0) logging::info("dead_letters_purged count={}", outcome.purged);
    return outcome;
}

ApiResult<Imported> DeadLetterService::import(std::vector<journal::DeadLetter> letters) {
    const auto streams = dead_letter_streams(journal_);
    journal::WriteBatch append;
    append.until_listed = true;  // a repeated import finds by the list what exists already
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto* const found = stream_of(streams, letters[i].destination);
        if (found == nullptr) {
            return ApiError{400, "dead_letters[" + std::to_string(i) +
                                     "].destination: " + config::in_quotes(letters[i].destination) + " does not exist"};
        }
        append.dead_letters.push_back({found->stream, std::move(letters[i]), {}});
    }
    const Imported outcome{append.dead_letters.size()};
    if (outcome.imported == 0) return outcome;
    if (!journal_.has_room()) return ApiError{503, "the journal is full; no dead letter was imported"};
    if (const auto error = commit(std::move(append), "imported", [] {})) return *error;
    logging::info("dead_letters_imported count={}", outcome.imported);
    return outcome;
}

DeadLetterService::Counts DeadLetterService::counts(journal::Stream stream) const {
    const MutexLock lock(counters_->mutex);
    const auto found = counters_->counts.find(stream);
    return found == counters_->counts.end() ? Counts{} : found->second;
}

}  // namespace pintle::admin
