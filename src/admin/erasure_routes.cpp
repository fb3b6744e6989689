#include "erasure_routes.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "json.hpp"
#include "parameters.hpp"
#include "pintle/base/blocking.hpp"
#include "pintle/base/reason.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

constexpr std::chrono::milliseconds commit_poll_interval{10};
constexpr std::chrono::seconds commit_timeout{30};

ApiResult<ErasureQuery> read_query(std::string_view parameters) {
    ErasureQuery query;
    const auto wrong =
        read_parameters(parameters, {text("user_id", query.user_id), text("anonymous_id", query.anonymous_id),
                                     text("destination", query.destination), flag("dry_run", query.dry_run)});
    if (wrong) return *wrong;
    if (query.user_id.empty() && query.anonymous_id.empty())
        return ApiError{400, "user_id or anonymous_id is required"};
    return query;
}

// The dead letters of erased events are written with a later commit. It does not wait for those that other events
// become meanwhile.
Awaitable<bool> wait_for_letters(Control& control) {
    Timer timer(co_await boost::asio::this_coro::executor);
    const auto deadline = std::chrono::steady_clock::now() + commit_timeout;
    std::map<std::string, std::uint64_t> all;  // letters there were, written or not, by destination
    for (const auto& destination : control.status().destinations)
        all[destination.name] = destination.ledger.dead_lettered;
    const auto is_written = [&] {
        return std::ranges::all_of(control.status().destinations, [&](const DestinationStatus& destination) {
            const auto& ledger = destination.ledger;
            const auto removed = ledger.dead_lettered - ledger.retained;
            return removed + destination.dead_letters >= std::min(all[destination.name], ledger.dead_lettered);
        });
    };
    while (!is_written()) {
        if (std::chrono::steady_clock::now() >= deadline) co_return false;
        timer.expires_after(commit_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    co_return true;
}

// Purges all that match.
ApiResult<Purged> purge_all(DeadLetterOperations& dead_letters, DeadLetterQuery query) {
    Purged purged;
    do {
        const auto step = dead_letters.purge(query);
        if (!step) {
            if (step.error().status == 404) return purged;  // the stream is gone
            return step.error();
        }
        purged.purged += step->purged;
        query.after = step->next;
    } while (!query.after.empty());
    return purged;
}

// The ids of all that match.
ApiResult<std::set<std::uint64_t>> ids_of(DeadLetterOperations& dead_letters, DeadLetterQuery query) {
    std::set<std::uint64_t> ids;
    do {
        const auto step = dead_letters.list(query);
        if (!step) {
            if (step.error().status == 404) return ids;
            return step.error();
        }
        for (const auto& letter : step->letters) ids.insert(letter.id);
        query.after = step->next;
    } while (!query.after.empty());
    return ids;
}

// The person's dead letters, and those that the erased events have become.
std::optional<ApiError> erase_letters(DeadLetterOperations& dead_letters, const ErasureQuery& query,
                                      ErasedEvents& erased) {
    DeadLetterQuery letters;
    letters.destination = erased.destination;
    std::set<std::uint64_t> found;  // of a dry run; a letter may match both ids
    for (const auto& id : {query.user_id, query.anonymous_id}) {
        if (id.empty()) continue;
        letters.user = id;
        if (query.dry_run) {
            const auto ids = ids_of(dead_letters, letters);
            if (!ids) return ids.error();
            found.insert(ids->begin(), ids->end());
        } else {
            const auto purged = purge_all(dead_letters, letters);
            if (!purged) return purged.error();
            erased.dead_letters += purged->purged;
        }
    }
    if (query.dry_run) {
        erased.dead_letters = found.size();
        return std::nullopt;
    }
    letters.user.clear();
    letters.reason = code(Reason::erased);
    const auto purged = purge_all(dead_letters, letters);
    if (!purged) return purged.error();
    return std::nullopt;
}

void write(const std::vector<ErasedEvents>& all, bool dry_run, http::Response& response) {
    ordered_json document = {{"dry_run", dry_run}, {"destinations", ordered_json::array()}};
    for (const auto& erased : all) {
        document["destinations"].push_back({{"destination", erased.destination},
                                            {"events", erased.events},
                                            {"dead_letters", erased.dead_letters},
                                            {"in_flight", erased.in_flight},
                                            {"deletions", erased.deletions},
                                            {"orphaned", erased.orphaned}});
    }
    response.body = dumped(document) + "\n";
}

}  // namespace

Awaitable<LettersChanged> answer_erase(Control& control, DeadLetterOperations& dead_letters,
                                       boost::asio::thread_pool& blocking_pool, const http::Request& request,
                                       http::Response& response) {
    LettersChanged changed;
    const auto query = read_query(request.query);
    if (!query) {
        respond_error(response, query.error());
        co_return changed;
    }
    changed.dry_run = query->dry_run;
    auto erased = co_await control.erase(*query);
    if (!erased) {
        respond_error(response, erased.error());
        co_return changed;
    }
    if (!query->dry_run) {
        const bool is_written = co_await wait_for_letters(control);
        if (!is_written) {
            respond_error(response, 503,
                          "the disk is slow: the pending events are erased, and no dead letter; repeat the request");
            co_return changed;
        }
    }
    std::optional<ApiError> error;
    co_await on(blocking_pool, [&] {
        try {
            for (auto& each : *erased)
                if (!error) error = erase_letters(dead_letters, *query, each);
        } catch (const std::runtime_error& failure) {
            error = ApiError{503, std::string("the dead letters cannot be read: ") + failure.what()};
        }
    });
    if (error) {
        respond_error(response, *error);
        co_return changed;
    }
    changed.count = 0;
    for (const auto& each : *erased) *changed.count += each.events + each.dead_letters;
    write(*erased, query->dry_run, response);
    co_return changed;
}

}  // namespace pintle::admin
