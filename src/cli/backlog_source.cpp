#include "backlog_source.hpp"

#include <algorithm>

#include <boost/beast/http/verb.hpp>

#include "json_text.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/config/values.hpp"
#include "query_text.hpp"
#include "status_reader.hpp"

namespace pintle::cli {

using boost::beast::http::verb;

std::uint64_t lost(const journal::Journal& journal) {
    std::uint64_t lost = 0;
    for (const auto& name : journal.streams()) {
        if (const auto stream = journal.find_stream(name)) lost += journal.ledger(*stream).lost;
    }
    return lost;
}

admin::ApiResult<std::vector<std::string>> DaemonBacklog::destinations() {
    const auto response = fetch_json(address_, verb::get, "/api/status");
    if (!response) return response.error();
    std::vector<std::string> names;
    for (const char* list : {"destinations", "orphaned_streams"}) {
        for (const auto& [index, each] : members_of(member_of(*response, list)))
            names.push_back(text_of(member_of(each, "name")));
    }
    return names;
}

admin::ApiResult<BacklogPage> DaemonBacklog::list(const admin::BacklogQuery& query) {
    QueryText text("/api/backlog");
    text.add("destination", query.destination);
    text.add("user", query.user);
    text.add("message_id", query.message_id);
    text.add("limit", std::to_string(query.limit));
    text.add("after", query.after);
    const auto response = fetch_json(address_, verb::get, text.text());
    if (!response) return response.error();
    BacklogPage page;
    for (const auto& [index, event] : members_of(member_of(*response, "events"))) page.events.emplace_back(event);
    page.next = text_of(member_of(*response, "next"));
    return page;
}

admin::ApiResult<std::vector<std::string>> DaemonBacklog::why_not_sent(const std::string& destination) {
    const auto response = fetch_json(address_, verb::get, "/api/status");
    if (!response) return response.error();
    const auto status = read_status(*response).value_or(admin::Status{});
    const auto found =
        std::ranges::find(status.destinations, text::shown(destination), &admin::DestinationStatus::name);
    if (found != status.destinations.end()) return cli::why_not_sent(*found);
    return std::vector<std::string>{destination + ": the configuration has no such destination"};
}

DirectoryBacklog::DirectoryBacklog(const std::string& directory) {
    journal::JournalOptions options;
    options.directory = directory;
    options.read_only = true;
    journal_ = journal::open_journal(options);
    lost_before_ = lost(*journal_);
}

admin::ApiResult<std::vector<std::string>> DirectoryBacklog::destinations() {
    auto names = journal_->streams();
    std::ranges::sort(names);
    return names;
}

admin::ApiResult<BacklogPage> DirectoryBacklog::list(const admin::BacklogQuery& query) {
    const auto stream = journal_->find_stream(query.destination);
    if (!stream)
        return admin::ApiError{404, "destination: there is none named " + config::in_quotes(query.destination)};
    const auto found = admin::find_backlog_events(*journal_, *stream, query, {});
    if (!found) return found.error();
    BacklogPage page;
    for (const auto& event : found->events) page.events.push_back(admin::to_json(event, false));
    page.next = found->next;
    return page;
}

}  // namespace pintle::cli
