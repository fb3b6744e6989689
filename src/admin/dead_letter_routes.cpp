#include "dead_letter_routes.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "json.hpp"
#include "parameters.hpp"
#include "pintle/logging/logging.hpp"
#include "redact.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;
using nlohmann::ordered_json;

constexpr std::string_view no_letter = "there is no dead letter of that name";

void finish(ordered_json document, const std::string& next, http::Response& answer) {
    if (!next.empty()) document["next"] = next;
    answer.body = dumped(document) + "\n";
}

void write(const Letters& letters, http::Response& answer) {
    answer.body = "{\"dead_letters\":[";
    for (const auto& letter : letters.letters) {
        answer.body.append(&letter == &letters.letters.front() ? "\n" : ",\n").append(to_json(letter));
    }
    answer.body += "]";
    if (!letters.next.empty()) answer.body.append(",\"next\":").append(dumped(letters.next));
    answer.body += "}\n";
}

void write(const Replayed& replayed, http::Response& answer) {
    ordered_json document = {{"replayed", replayed.replayed}, {"kept", ordered_json::array()}};
    for (const auto& kept : replayed.kept) {
        document["kept"].push_back(
            {{"letter", kept.letter}, {"reason", code(kept.reason)}, {"message", sentence(kept.reason)}});
    }
    finish(std::move(document), replayed.next, answer);
}

void write(const Purged& purged, http::Response& answer) {
    finish({{"purged", purged.purged}}, purged.next, answer);
}

template <class T>
void write(const Answered<T>& answered, http::Response& answer) {
    if (answered) {
        write(*answered, answer);
        return;
    }
    say(answer, answered.error().status, answered.error().reason);
    if (answered.error().status == 503) answer.headers = "Retry-After: 1\r\n";
}

bool is_empty(const Letters& letters) {
    return letters.letters.empty();
}

bool is_empty(const Replayed& replayed) {
    return replayed.replayed == 0 && replayed.kept.empty();
}

bool is_empty(const Purged& purged) {
    return purged.purged == 0;
}

// Of one letter. A name that no letter can have (400) is one that none has.
template <class T>
void write_one(const Answered<T>& answered, http::Response& answer) {
    if (answered ? is_empty(*answered) : answered.error().status == 400) return say(answer, 404, no_letter);
    if constexpr (std::is_same_v<T, Letters>) {
        if (answered) {
            answer.body = to_json(answered->letters.front()) + "\n";
            return;
        }
    }
    write(answered, answer);
}

Answered<Letters> listed(DeadLetterOperations& office, const DeadLetterQuery& query, bool redact) {
    auto letters = office.list(query);
    if (letters && redact) {
        for (auto& letter : letters->letters) redact_letter(letter);
    }
    return letters;
}

// Runs `work`; 503 where the disk fails.
template <class Work>
void or_unreadable(http::Response& answer, Work work) {
    try {
        work();
    } catch (const std::runtime_error& error) {
        logging::error("dead_letters_unreadable error=\"{}\"", error.what());
        say(answer, 503, std::string("the dead letters cannot be read: ") + error.what());
    }
}

}  // namespace

Answered<DeadLetterQuery> read_letter_query(std::string_view parameters) {
    DeadLetterQuery query;
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

void answer_letters(DeadLetterOperations& office, bool redact, const http::Request& request, http::Response& answer) {
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
    or_unreadable(answer, [&] {
        if (request.method == verb::post) {
            write(office.replay(*query), answer);
        } else if (request.method == verb::delete_) {
            write(office.purge(*query), answer);
        } else {
            write(listed(office, *query, redact), answer);
        }
    });
}

void answer_letter(DeadLetterOperations& office, bool redact, const std::string& destination, const std::string& id,
                   const http::Request& request, http::Response& answer) {
    if (const auto fault = read_parameters(request.query, {})) return say(answer, *fault);
    if (!std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; })) return say(answer, 404, no_letter);
    DeadLetterQuery query;
    query.letters.push_back(destination + '/' + id);
    or_unreadable(answer, [&] {
        if (request.method == verb::post) {
            write_one(office.replay(query), answer);
        } else if (request.method == verb::delete_) {
            write_one(office.purge(query), answer);
        } else {
            write_one(listed(office, query, redact), answer);
        }
    });
}

}  // namespace pintle::admin
