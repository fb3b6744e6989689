#include "delivery_wait.hpp"

#include <algorithm>
#include <thread>

#include <boost/beast/http/verb.hpp>

#include "dead_letter_source.hpp"
#include "json_text.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"
#include "status_reader.hpp"

namespace pintle::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_interval{200};
constexpr std::chrono::seconds poll_timeout{10};
constexpr std::size_t page_size = 1'000;

admin::ApiResult<std::vector<std::string>> behind(const AdminAddress& address, SteadyClock::time_point accepted) {
    // Taken before the request, so that an event that was accepted is never taken for a later one.
    const auto age = std::chrono::duration<double>(SteadyClock::now() - accepted).count();
    const auto response = fetch_json(address, boost::beast::http::verb::get, "/api/status", poll_timeout);
    if (!response) return response.error();
    const auto status = read_status(*response);
    if (!status) return error_of({200, {}}, address);
    return destinations_behind(*status, age);
}

}  // namespace

std::vector<std::string> destinations_behind(const admin::Status& status, double age) {
    std::vector<std::string> names;
    for (const auto& destination : status.destinations) {
        // The age is unknown while the daemon cannot read its disk.
        const bool pending = destination.ledger.backlog > 0 && destination.oldest_age.value_or(age) >= age;
        if (pending || destination.ledger.retained > destination.dead_letters) names.push_back(destination.name);
    }
    return names;
}

admin::ApiResult<std::vector<std::string>> await_delivery(const AdminAddress& address,
                                                          std::chrono::milliseconds timeout) {
    const auto start = SteadyClock::now();
    while (true) {
        auto names = behind(address, start);
        const bool is_away = !names && names.error().status == 0;  // it may be restarting
        const bool is_over = SteadyClock::now() - start >= timeout;
        if (is_over || (!is_away && (!names || names->empty()))) return names;
        std::this_thread::sleep_for(poll_interval);
    }
}

admin::ApiResult<std::map<std::string, LetterReason>> letters_by_message_id(const AdminAddress& address,
                                                                            std::chrono::seconds age) {
    DaemonLetters letters(address);
    admin::DeadLetterQuery query;
    query.since = std::to_string(age.count()) + "s";
    query.limit = page_size;
    std::map<std::string, LetterReason> found;
    json::Event event;
    do {
        const auto page = letters.list(query);
        if (!page) return page.error();
        for (const std::string& letter : page->letters) {
            if (!event.parse(member_of(letter, "event"))) continue;  // it was no event
            const auto id = customerio::read_identifier(event["messageId"]);
            if (!id) continue;
            found.try_emplace(std::string(*id), LetterReason{text_of(member_of(letter, "reason")),
                                                             text_of(member_of(letter, "message"))});
        }
        query.after = page->next;
    } while (!query.after.empty());
    return found;
}

}  // namespace pintle::cli
