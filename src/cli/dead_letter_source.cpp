#include "dead_letter_source.hpp"

#include <utility>

#include "json_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/parse.hpp"
#include "query_text.hpp"

namespace pintle::cli {
namespace {

using boost::beast::http::verb;

std::string target_of(std::string_view path, const admin::DeadLetterQuery& query) {
    QueryText text{std::string(path)};
    text.add("destination", query.destination);
    text.add("reason", query.reason);
    text.add("user", query.user);
    text.add("message_id", query.message_id);
    text.add("since", query.since);
    text.add("until", query.until);
    for (const auto& letter : query.letters) text.add("letter", letter);
    if (query.all) text.add("all", "true");
    if (query.dry_run) text.add("dry_run", "true");
    text.add("after", query.after);
    if (query.limit > 0) text.add("limit", std::to_string(query.limit));
    return text.text();
}

}  // namespace

admin::ApiResult<std::string> DaemonLetters::ask(verb method, std::string_view path,
                                                 const admin::DeadLetterQuery& query) {
    return fetch_json(address_, method, target_of(path, query));
}

admin::ApiResult<DeadLetterPage> DaemonLetters::list(const admin::DeadLetterQuery& query) {
    const auto response =
        ask(verb::get, detail_ == Detail::whole ? "/api/dead-letters/export" : "/api/dead-letters", query);
    if (!response) return response.error();
    DeadLetterPage page;
    for (const auto& [name, letter] : members_of(member_of(*response, "dead_letters")))
        page.letters.emplace_back(letter);
    page.next = text_of(member_of(*response, "next"));
    return page;
}

admin::ApiResult<std::string> DaemonLetters::replay(const admin::DeadLetterQuery& query) {
    return ask(verb::post, "/api/dead-letters/replay", query);
}

admin::ApiResult<std::string> DaemonLetters::purge(const admin::DeadLetterQuery& query) {
    return ask(verb::delete_, "/api/dead-letters", query);
}

admin::ApiResult<std::string> DaemonLetters::import(const std::vector<std::string>& letters) {
    std::string body = R"({"dead_letters":[)";
    for (const auto& letter : letters) body.append(&letter == &letters.front() ? "" : ",").append(letter);
    return fetch_json(address_, verb::post, "/api/dead-letters/import", default_timeout, body + "]}");
}

DirectoryLetters::DirectoryLetters(const std::string& directory) {
    journal::JournalOptions options;
    options.directory = directory;
    options.read_only = true;
    journal_ = journal::open_journal(options);
    lost_before_ = lost(*journal_);
    streams_ = admin::dead_letter_streams(*journal_);
}

admin::ApiResult<DeadLetterPage> DirectoryLetters::list(const admin::DeadLetterQuery& query) {
    auto found = admin::list_dead_letters(*journal_, streams_, query, wall_now());
    if (!found) return found.error();
    DeadLetterPage page;
    for (const auto& letter : found->letters) page.letters.push_back(admin::to_json(letter));
    page.next = std::move(found->next);
    return page;
}

}  // namespace pintle::cli
