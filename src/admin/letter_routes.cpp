#include "admin/letter_routes.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "admin/json.hpp"
#include "admin/parameters.hpp"
#include "admin/redact.hpp"
#include "admin/say.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;
using nlohmann::ordered_json;

void finish(ordered_json document, const std::string& next, http::Answer& answer) {
    if (!next.empty()) document["next"] = next;
    answer.body = dumped(document) + "\n";
}

void write(const Letters& letters, http::Answer& answer) {
    answer.body = "{\"dead_letters\":[";
    for (const auto& letter : letters.letters) {
        answer.body.append(&letter == &letters.letters.front() ? "\n" : ",\n").append(to_json(letter));
    }
    answer.body += "]";
    if (!letters.next.empty()) answer.body.append(",\"next\":").append(dumped(letters.next));
    answer.body += "}\n";
}

void write(const Replayed& replayed, http::Answer& answer) {
    ordered_json document = {{"replayed", replayed.replayed}, {"kept", ordered_json::array()}};
    for (const auto& kept : replayed.kept) {
        document["kept"].push_back(
            {{"letter", kept.letter}, {"reason", code(kept.reason)}, {"message", sentence(kept.reason)}});
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
    LetterQuery query;
    const auto letter = [&](std::string value) -> std::optional<std::string> {
        query.letters.push_back(std::move(value));
        return std::nullopt;
    };
    const auto all = [&](const std::string& value) -> std::optional<std::string> {
        query.all = value == "true";
        return query.all ? std::nullopt : std::optional<std::string>("only true is allowed");
    };
    const auto fault = read_parameters(parameters, {text("destination", query.destination),
                                                    text("reason", query.reason),
                                                    text("user", query.user),
                                                    text("since", query.since),
                                                    text("until", query.until),
                                                    {"letter", letter},
                                                    {"all", all},
                                                    text("after", query.after),
                                                    limit(query.limit)});
    if (fault) return *fault;
    return query;
}

void answer_letters(DeadLetterOffice& office, bool redact, const http::Request& request, http::Answer& answer) {
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
            auto letters = office.list(*query);
            if (letters && redact) {
                for (auto& letter : letters->letters) redact_letter(letter);
            }
            write(letters, answer);
        }
    } catch (const std::runtime_error& error) {
        logging::error("dead_letters_unreadable error=\"{}\"", error.what());
        say(answer, 503, std::string("the dead letters cannot be read: ") + error.what());
    }
}

}  // namespace pintle::admin
