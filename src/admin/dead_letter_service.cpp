#include "pintle/admin/dead_letter_service.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>

#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t step = 250;  // letters a commit

}  // namespace

DeadLetterService::DeadLetterService(journal::Journal& journal, const AgeClock& ages, const config::Config& config)
    : journal_(journal), ages_(ages), boxes_(dead_letter_streams(journal)) {
    for (const auto& box : boxes_) counters_[box.stream];
    reconfigure(config);
}

void DeadLetterService::reconfigure(const config::Config& config) {
    const MutexLock lock(readmissions_mutex_);
    readmissions_.clear();
    for (const auto& destination : config.destinations) {
        readmissions_.emplace(
            destination.name,
            ingest::ReplayPolicy{destination.mapping, destination.consent_categories, config.ingest.max_event});
    }
}

Answered<Letters> DeadLetterService::list(const DeadLetterQuery& query) {
    return list_dead_letters(journal_, boxes_, query, wall_now());
}

// The letters of one commit that changes them.
Answered<Letters> DeadLetterService::find(const DeadLetterQuery& query, std::string_view verb) {
    auto filter = DeadLetterFilter::read(query, wall_now());
    if (!filter) return filter.error();
    if (filter->empty() && !query.all) {
        return Fault{403, "all=true is needed to " + std::string(verb) + " all dead letters; or choose some"};
    }
    ScanBudget effort;
    effort.matches = query.limit > 0 ? std::min(query.limit, step) : step;
    return find_dead_letters(journal_, boxes_, *filter, query.after, effort);
}

journal::Stream DeadLetterService::log_of(const std::string& destination) const {
    const auto found = std::ranges::find(boxes_, destination, &DeadLetterStream::destination);
    if (found == boxes_.end()) throw std::runtime_error("a dead letter of an unknown destination");
    return found->stream;
}

Result<void> DeadLetterService::map(const journal::DeadLetter& letter, std::string& record) {
    const MutexLock lock(readmissions_mutex_);
    const auto readmission = readmissions_.find(letter.destination);
    if (readmission == readmissions_.end()) return Reason::destination_not_configured;
    const auto now = wall_now();
    return readmission->second.take(letter, now, age_start(ages_.now(), now), record);
}

// Commits a step that takes letters out, and counts them. A fault: nothing of it was done.
std::optional<Fault> DeadLetterService::carry_out(journal::WriteBatch append, std::string_view done,
                                                  std::atomic<std::uint64_t> Counters::* counter) {
    const auto removed = append.removed;
    if (removed.empty()) return std::nullopt;
    // Shared, as the commit thread may still be in it when the answer is there.
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto outcome = promise->get_future();
    journal_.append(std::move(append), [promise](boost::system::error_code error) { promise->set_value(error); });
    if (const auto error = outcome.get()) {
        return Fault{503, "nothing of this step was " + std::string(done) + ": " + error.message()};
    }
    for (const auto& [stream, id] : removed) ++(counters_[stream].*counter);
    return std::nullopt;
}

Answered<Replayed> DeadLetterService::replay(const DeadLetterQuery& query) {
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
        const auto stream = log_of(letter.destination);
        append.records.push_back({stream, std::move(record)});
        append.removed.emplace_back(stream, letter.id);
    }
    outcome.replayed = append.removed.size();
    outcome.next = std::move(found->next);
    if (const auto fault = carry_out(std::move(append), "replayed", &Counters::replayed)) return *fault;
    if (outcome.replayed > 0) {
        logging::info("dead_letters_replayed count={} kept={}", outcome.replayed, outcome.kept.size());
    }
    return outcome;
}

Answered<Purged> DeadLetterService::purge(const DeadLetterQuery& query) {
    auto found = find(query, "delete");
    if (!found) return found.error();
    journal::WriteBatch append;
    for (const auto& letter : found->letters) append.removed.emplace_back(log_of(letter.destination), letter.id);
    Purged outcome{append.removed.size(), std::move(found->next)};
    if (const auto fault = carry_out(std::move(append), "deleted", &Counters::purged)) return *fault;
    if (outcome.purged > 0) logging::info("dead_letters_purged count={}", outcome.purged);
    return outcome;
}

DeadLetterService::Counts DeadLetterService::counts(journal::Stream stream) const {
    const auto& counters = counters_.at(stream);
    return {counters.replayed, counters.purged};
}

}  // namespace pintle::admin
