#include "pintle/admin/dead_letter_service.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>

#include "dead_letter_scan.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t max_letters = 250;  // in one commit

}  // namespace

DeadLetterService::DeadLetterService(journal::Journal& journal, const AgeClock& ages, const config::Config& config,
                                     std::chrono::milliseconds commit_timeout)
    : journal_(journal), ages_(ages), commit_timeout_(commit_timeout), streams_(dead_letter_streams(journal)) {
    for (const auto& stream : streams_) (*counters_)[stream.stream];
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
    return list_dead_letters(journal_, streams_, query, wall_now());
}

// The letters that one commit replays or purges.
ApiResult<Letters> DeadLetterService::find(const DeadLetterQuery& query, std::string_view verb) {
    auto filter = DeadLetterFilter::read(query, wall_now());
    if (!filter) return filter.error();
    if (filter->empty() && !query.all) {
        return ApiError{403, "all=true is required to " + std::string(verb) + " all dead letters without a filter"};
    }
    ScanBudget budget;
    budget.matches = query.limit > 0 ? std::min(query.limit, max_letters) : max_letters;
    return find_dead_letters(journal_, streams_, *filter, query.after, budget);
}

journal::Stream DeadLetterService::stream_of(const std::string& destination) const {
    const auto found = std::ranges::find(streams_, destination, &DeadLetterStream::destination);
    if (found == streams_.end()) throw std::runtime_error("a dead letter of an unknown destination");
    return found->stream;
}

Result<void> DeadLetterService::map(const journal::DeadLetter& letter, std::string& record) {
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
        return ApiError{503, "no dead letter of this step was " + std::string(participle) + ": " + error.message()};
    }
    return std::nullopt;
}

// Removes letters with one commit and counts them.
std::optional<ApiError> DeadLetterService::remove(journal::WriteBatch append, std::string_view participle,
                                                  std::atomic<std::uint64_t> Counters::* counter) {
    if (append.removed.empty()) return std::nullopt;
    auto count = [counters = counters_, removed = append.removed, counter] {
        for (const auto& [stream, id] : removed) ++(counters->at(stream).*counter);
    };
    return commit(std::move(append), participle, std::move(count));
}

ApiResult<Replayed> DeadLetterService::replay(const DeadLetterQuery& query) {
    auto found = find(query, "replay");
    if (!found) return found.error();
    Replayed outcome;
    journal::WriteBatch append;
    for (const auto& letter : found->letters) {
        std::string record;
        if (const auto mapped = map(letter, record); !mapped) {
            outcome.kept.push_back({name_of(letter), mapped.error()});
            continue;
        }
        const auto stream = stream_of(letter.destination);
        append.records.push_back({stream, std::move(record)});
        append.removed.emplace_back(stream, letter.id);
    }
    outcome.replayed = append.removed.size();
    outcome.next = std::move(found->next);
    if (const auto error = remove(std::move(append), "replayed", &Counters::replayed)) return *error;
    if (outcome.replayed > 0) {
        logging::info("dead_letters_replayed count={} kept={}", outcome.replayed, outcome.kept.size());
    }
    return outcome;
}

ApiResult<Purged> DeadLetterService::purge(const DeadLetterQuery& query) {
    auto found = find(query, "delete");
    if (!found) return found.error();
    journal::WriteBatch append;
    for (const auto& letter : found->letters) append.removed.emplace_back(stream_of(letter.destination), letter.id);
    Purged outcome{append.removed.size(), std::move(found->next)};
    if (const auto error = remove(std::move(append), "deleted", &Counters::purged)) return *error;
    if (outcome.purged > 0) logging::info("dead_letters_purged count={}", outcome.purged);
    return outcome;
}

ApiResult<Imported> DeadLetterService::import(std::vector<journal::DeadLetter> letters) {
    journal::WriteBatch append;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto found = std::ranges::find(streams_, letters[i].destination, &DeadLetterStream::destination);
        if (found == streams_.end()) {
            return ApiError{400, "dead_letters[" + std::to_string(i) +
                                     "].destination: " + config::in_quotes(letters[i].destination) + " does not exist"};
        }
        append.dead_letters.emplace_back(found->stream, std::move(letters[i]));
    }
    const Imported outcome{append.dead_letters.size()};
    if (outcome.imported == 0) return outcome;
    if (!journal_.has_room()) return ApiError{503, "the journal is full; no dead letter was imported"};
    if (const auto error = commit(std::move(append), "imported", [] {})) return *error;
    logging::info("dead_letters_imported count={}", outcome.imported);
    return outcome;
}

DeadLetterService::Counts DeadLetterService::counts(journal::Stream stream) const {
    const auto& counters = counters_->at(stream);
    return {counters.replayed, counters.purged};
}

}  // namespace pintle::admin
