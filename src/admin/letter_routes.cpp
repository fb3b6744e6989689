#include "admin/letter_routes.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "admin/say.hpp"
#include "http/query.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;
using nlohmann::ordered_json;

constexpr std::size_t max_limit = 1000;

bool read_limit(std::string_view text, std::size_t& limit) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    return error == std::errc{} && end == text.data() + text.size() && limit > 0 && limit <= max_limit;
}

// False where there is no parameter of that name.
bool put(LetterQuery& query, const std::string& name, std::string value) {
    const std::pair<std::string_view, std::string LetterQuery::*> fields[] = {
        {"destination", &LetterQuery::destination},
        {"reason", &LetterQuery::reason},
        {"user", &LetterQuery::user},
        {"since", &LetterQuery::since},
        {"until", &LetterQuery::until},
        {"after", &LetterQuery::after},
    };
    for (const auto& [known, field] : fields) {
        if (name != known) continue;
        query.*field = std::move(value);
        return true;
    }
    if (name != "letter") return false;
    query.letters.push_back(std::move(value));
    return true;
}

void finish(ordered_json document, const std::string& next, http::Answer& answer) {
    if (!next.empty()) document["next"] = next;
    answer.body = document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

void write(const Letters& letters, http::Answer& answer) {
    answer.body = "{\"dead_letters\":[";
    for (const auto& letter : letters.letters) {
        answer.body.append(&letter == &letters.letters.front() ? "\n" : ",\n").append(to_json(letter));
    }
    answer.body += "]";
    if (!letters.next.empty()) answer.body.append(",\"next\":").append(ordered_json(letters.next).dump());
    answer.body += "}\n";
}

void write(const Replayed& replayed, http::Answer& answer) {
    ordered_json document = {{"replayed", replayed.replayed}, {"kept", ordered_json::array()}};
    for (const auto& kept : replayed.kept) {
        document["kept"].push_back({{"letter", kept.letter}, {"reason", kept.reason}});
    }
    finish(std::move(document), replayed.next, answer);
}

void write(const Purged& purged, http::Answer& answer) {
    finish({{"purged", purged.purged}}, purged.next, answer);
}

template <class T>
void write(const Answered<T>& answered, http::Answer& answer) {
    if (answered) {
        write(*answered, answer);
        return;
    }
    say(answer, answered.error().status, answered.error().reason);
    if (answered.error().status == 503) answer.headers = "Retry-After: 1\r\n";
}

}  // namespace

Answered<LetterQuery> read_letter_query(std::string_view parameters) {
    const auto pairs = http::query_parameters(parameters);
    if (!pairs) return Fault{400, "the query is not percent-encoded rightly"};
    LetterQuery query;
    for (const auto& [name, value] : *pairs) {
        if (value.empty()) return Fault{400, name + ": is empty"};
        if (name == "all") {
            query.all = value == "true";
            if (!query.all) return Fault{400, "all: only true is allowed"};
        } else if (name == "limit") {
            if (!read_limit(value, query.limit)) return Fault{400, "limit: 1 to 1000 are allowed"};
        } else if (!put(query, name, value)) {
            return Fault{400, name +
                                  ": no such parameter; there are: destination, reason, user, since, until, letter, "
                                  "all, after, limit"};
        }
    }
    return query;
}

void answer_letters(DeadLetterOffice& office, const http::Request& request, http::Answer& answer) {
    const auto query = read_letter_query(request.query);
    if (!query) {
        say(answer, query.error().status, query.error().reason);
        return;
    }
    // Whoever puts filters there must not have all letters replayed.
    if (!request.body.empty()) {
        say(answer, 400, "the filters belong in the query, ?reason=..., not in the body");
        return;
    }
    try {
        if (request.method == verb::post) {
            write(office.replay(*query), answer);
        } else if (request.method == verb::delete_) {
            write(office.purge(*query), answer);
        } else {
            write(office.list(*query), answer);
        }
    } catch (const std::runtime_error& error) {
        spdlog::error("dead_letters_unreadable error=\"{}\"", error.what());
        say(answer, 503, std::string("the dead letters cannot be read: ") + error.what());
    }
}

}  // namespace pintle::admin
