#include "app/letter_source.hpp"

#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

using admin::Fault;
using boost::beast::http::verb;

std::string encoded(const admin::LetterQuery& query) {
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out.append(out.empty() ? "?" : "&").append(name).append("=");
        out += boost::urls::encode({value.data(), value.size()}, boost::urls::unreserved_chars);
    };
    add("destination", query.destination);
    add("reason", query.reason);
    add("user", query.user);
    add("since", query.since);
    add("until", query.until);
    for (const auto& letter : query.letters) add("letter", letter);
    if (query.all) add("all", "true");
    add("after", query.after);
    if (query.limit > 0) add("limit", std::to_string(query.limit));
    return out;
}

std::string text_of(std::string_view json) {
    return json.empty() ? std::string{} : nlohmann::json::parse(json).get<std::string>();
}

std::string reason_in(const AdminAnswer& answer) {
    const auto document = nlohmann::json::parse(answer.body, nullptr, false);
    if (document.is_object() && document.contains("error") && document["error"].is_string()) return document["error"];
    return "status " + std::to_string(answer.status);
}

}  // namespace

admin::Answered<std::string> DaemonLetters::ask(verb method, std::string_view path, const admin::LetterQuery& query) {
    auto answer = ask_admin(address_, method, std::string(path) + encoded(query));
    if (answer.status == 0) return Fault{0, "no daemon answers at " + address_.text() + " (" + answer.body + ")"};
    if (answer.status == 401) {
        return Fault{401, "the daemon at " + address_.text() +
                              " asks for its admin.token; --config names the file that holds it"};
    }
    if (answer.status != 200) return Fault{answer.status, reason_in(answer)};
    if (!nlohmann::json::accept(answer.body)) {
        return Fault{502, "what answers at " + address_.text() + " is no pintle"};
    }
    return std::move(answer.body);
}

admin::Answered<LetterPage> DaemonLetters::list(const admin::LetterQuery& query) {
    const auto answer = ask(verb::get, "/api/dead-letters", query);
    if (!answer) return answer.error();
    LetterPage page;
    for (const auto& [name, letter] : members_of(member_of(*answer, "dead_letters"))) page.letters.emplace_back(letter);
    page.next = text_of(member_of(*answer, "next"));
    return page;
}

admin::Answered<std::string> DaemonLetters::replay(const admin::LetterQuery& query) {
    return ask(verb::post, "/api/dead-letters/replay", query);
}

admin::Answered<std::string> DaemonLetters::purge(const admin::LetterQuery& query) {
    return ask(verb::delete_, "/api/dead-letters", query);
}

DirectoryLetters::DirectoryLetters(const std::string& directory) {
    journal::JournalOptions options;
    options.directory = directory;
    options.read_only = true;
    journal_ = journal::open_journal(options);
    boxes_ = letter_boxes(*journal_);
}

admin::Answered<LetterPage> DirectoryLetters::list(const admin::LetterQuery& query) {
    auto found = list_letters(*journal_, boxes_, query, wall_now());
    if (!found) return found.error();
    LetterPage page;
    for (const auto& letter : found->letters) page.letters.push_back(admin::to_json(letter));
    page.next = std::move(found->next);
    return page;
}

}  // namespace pintle::app
