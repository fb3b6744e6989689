#include "app/letter_office.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>

#include "pintle/logging/logging.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

using admin::Fault;

constexpr std::size_t step = 250;  // letters a commit

}  // namespace

LetterOffice::LetterOffice(journal::Journal& journal, const AgeClock& ages, const Config& config)
    : journal_(journal), ages_(ages), boxes_(letter_boxes(journal)) {
    for (const auto& box : boxes_) counters_[box.log];
    reconfigure(config);
}

void LetterOffice::reconfigure(const Config& config) {
    const std::lock_guard lock(readmissions_mutex_);
    readmissions_.clear();
    for (const auto& destination : config.destinations) {
        readmissions_.emplace(destination.name, ingest::Rules{destination.mapping, destination.consent_categories,
                                                              config.ingest.max_event});
    }
}

admin::Answered<admin::Letters> LetterOffice::list(const admin::LetterQuery& query) {
    return list_letters(journal_, boxes_, query, wall_now());
}

// The letters of one commit that changes them.
admin::Answered<admin::Letters> LetterOffice::find(const admin::LetterQuery& query, std::string_view verb) {
    auto filter = LetterFilter::read(query, wall_now());
    if (!filter) return filter.error();
    if (filter->empty() && !query.all) {
        return Fault{403, "all=true is needed to " + std::string(verb) + " all dead letters; or choose some"};
    }
    Effort effort;
    effort.matches = query.limit > 0 ? std::min(query.limit, step) : step;
    return find_letters(journal_, boxes_, *filter, query.after, effort);
}

journal::Log LetterOffice::log_of(const std::string& destination) const {
    const auto found = std::ranges::find(boxes_, destination, &LetterBox::destination);
    if (found == boxes_.end()) throw std::runtime_error("a dead letter of an unknown destination");
    return found->log;
}

mapping::Result<void> LetterOffice::map(const journal::DeadLetter& letter, std::string& record) {
    const std::lock_guard lock(readmissions_mutex_);
    const auto readmission = readmissions_.find(letter.destination);
    if (readmission == readmissions_.end()) return Reason::destination_not_configured;
    const auto now = wall_now();
    return readmission->second.take(letter, now, age_start(ages_.now(), now), record);
}

// Commits a step that takes letters out, and counts them. A fault: nothing of it was done.
std::optional<Fault> LetterOffice::carry_out(journal::Append append, std::string_view done,
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
    for (const auto& [log, id] : removed) ++(counters_[log].*counter);
    return std::nullopt;
}

admin::Answered<admin::Replayed> LetterOffice::replay(const admin::LetterQuery& query) {
    auto found = find(query, "replay");
    if (!found) return found.error();
    admin::Replayed outcome;
    journal::Append append;
    for (const auto& letter : found->letters) {
        std::string record;
        if (const auto mapped = map(letter, record); !mapped) {
            outcome.kept.push_back({name_of(letter), mapped.error()});
            continue;
        }
        const auto log = log_of(letter.destination);
        append.records.push_back({log, std::move(record)});
        append.removed.emplace_back(log, letter.id);
    }
    outcome.replayed = append.removed.size();
    outcome.next = std::move(found->next);
    if (const auto fault = carry_out(std::move(append), "replayed", &Counters::replayed)) return *fault;
    if (outcome.replayed > 0) {
        logging::info("dead_letters_replayed count={} kept={}", outcome.replayed, outcome.kept.size());
    }
    return outcome;
}

admin::Answered<admin::Purged> LetterOffice::purge(const admin::LetterQuery& query) {
    auto found = find(query, "delete");
    if (!found) return found.error();
    journal::Append append;
    for (const auto& letter : found->letters) append.removed.emplace_back(log_of(letter.destination), letter.id);
    admin::Purged outcome{append.removed.size(), std::move(found->next)};
    if (const auto fault = carry_out(std::move(append), "deleted", &Counters::purged)) return *fault;
    if (outcome.purged > 0) logging::info("dead_letters_purged count={}", outcome.purged);
    return outcome;
}

LetterOffice::Counts LetterOffice::counts(journal::Log log) const {
    const auto& counters = counters_.at(log);
    return {counters.replayed, counters.purged};
}

}  // namespace pintle::app
