#include "dead_letter_routes.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "json.hpp"
#include "parameters.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/json/raw_text.hpp"
#include "pintle/logging/logging.hpp"
#include "redact.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;
using nlohmann::ordered_json;

constexpr std::string_view no_letter = "there is no dead letter of that name";

void finish(ordered_json document, const std::string& next, http::Response& response) {
    if (!next.empty()) document["next"] = next;
    response.body = dumped(document) + "\n";
}

void write(const Letters& letters, http::Response& response) {
    response.body = "{\"dead_letters\":[";
    for (const auto& letter : letters.letters) {
        response.body.append(&letter == &letters.letters.front() ? "\n" : ",\n").append(to_json(letter));
    }
    response.body += "]";
    if (!letters.next.empty()) response.body.append(",\"next\":").append(dumped(letters.next));
    response.body += "}\n";
}

// What was done, or of a dry run what would be.
template <class Changed>
ordered_json counted(const Changed& changed, std::uint64_t count, std::string_view done, std::string_view would_do) {
    if (!changed.dry_run) return {{done, count}};
    return {{done, 0}, {would_do, count}, {"by_reason", changed.by_reason}};
}

void write(const Replayed& replayed, http::Response& response) {
    auto document = counted(replayed, replayed.replayed, "replayed", "would_replay");
    document["kept"] = ordered_json::array();
    for (const auto& kept : replayed.kept) {
        document["kept"].push_back(
            {{"letter", kept.letter}, {"reason", code(kept.reason)}, {"message", sentence(kept.reason)}});
    }
    finish(std::move(document), replayed.next, response);
}

void write(const Purged& purged, http::Response& response) {
    finish(counted(purged, purged.purged, "purged", "would_purge"), purged.next, response);
}

void write(const Imported& imported, http::Response& response) {
    response.body = dumped({{"imported", imported.imported}}) + "\n";
}

template <class T>
void write(const ApiResult<T>& result, http::Response& response) {
    if (result) {
        write(*result, response);
        return;
    }
    respond_error(response, result.error().status, result.error().message);
    if (result.error().status == 503) response.headers = "Retry-After: 1\r\n";
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

// The result for one letter. A name that no letter can have (400) is a letter that does not exist (404).
template <class T>
void write_one(const ApiResult<T>& result, http::Response& response) {
    if (result ? is_empty(*result) : result.error().status == 400) return respond_error(response, 404, no_letter);
    if constexpr (std::is_same_v<T, Letters>) {
        if (result) {
            response.body = to_json(result->letters.front()) + "\n";
            return;
        }
    }
    write(result, response);
}

ApiResult<Letters> listed(DeadLetterOperations& dead_letters, const DeadLetterQuery& query, bool redact) {
    auto letters = dead_letters.list(query);
    if (letters && redact) {
        for (auto& letter : letters->letters) redact_letter(letter);
    }
    return letters;
}

// Runs `work`; responds 503 where the disk fails.
template <class Work>
void respond_or_503(http::Response& response, Work work) {
    try {
        work();
    } catch (const std::runtime_error& error) {
        logging::error("dead_letters_unreadable error=\"{}\"", error.what());
        respond_error(response, 503, std::string("the dead letters cannot be read: ") + error.what());
    }
}

}  // namespace

ApiResult<DeadLetterQuery> read_letter_query(std::string_view parameters, bool changes) {
    DeadLetterQuery query;
    const auto letter = [&](std::string value) -> std::optional<std::string> {
        query.letters.push_back(std::move(value));
        return std::nullopt;
    };
    const auto flag = [](bool& is_set) {
        return [&is_set](const std::string& value) -> std::optional<std::string> {
            is_set = value == "true";
            return is_set ? std::nullopt : std::optional<std::string>("only true is allowed");
        };
    };
    std::vector<Parameter> known{text("destination", query.destination),
                                 text("reason", query.reason),
                                 text("user", query.user),
                                 text("message_id", query.message_id),
                                 text("since", query.since),
                                 text("until", query.until),
                                 {"letter", letter},
                                 {"all", flag(query.all)},
                                 text("after", query.after),
                                 limit(query.limit)};
    if (changes) known.push_back({"dry_run", flag(query.dry_run)});
    if (const auto error = read_parameters(parameters, known)) return *error;
    return query;
}

LettersChanged answer_letters(DeadLetterOperations& dead_letters, bool redact, const http::Request& request,
                              http::Response& response) {
    const bool changes = request.method == verb::post || request.method == verb::delete_;
    const auto query = read_letter_query(request.query, changes);
    if (!query) {
        respond_error(response, query.error().status, query.error().message);
        return {};
    }
    LettersChanged changed{{}, query->dry_run};
    // A client that puts the filters into the body must not replay all letters.
    if (!request.body.empty()) {
        respond_error(response, 400, "the filters belong in the query, ?reason=..., not in the body");
        return changed;
    }
    respond_or_503(response, [&] {
        if (request.method == verb::post) {
            const auto replayed = dead_letters.replay(*query);
            if (replayed) changed.count = replayed->replayed;
            write(replayed, response);
        } else if (request.method == verb::delete_) {
            const auto purged = dead_letters.purge(*query);
            if (purged) changed.count = purged->purged;
            write(purged, response);
        } else {
            write(listed(dead_letters, *query, redact), response);
        }
    });
    return changed;
}

LettersChanged answer_import(DeadLetterOperations& dead_letters, const http::Request& request,
                             http::Response& response) {
    LettersChanged changed;
    if (const auto error = read_parameters(request.query, {})) {
        respond_error(response, *error);
        return changed;
    }
    const auto list = accepts_json(request.body) ? json::member_of(request.body, "dead_letters") : std::string_view();
    if (!list.starts_with('[')) {
        respond_error(response, 400, R"(the body must be {"dead_letters": [...]})");
        return changed;
    }
    std::vector<journal::DeadLetter> letters;
    for (const auto& [name, text] : json::members_of(list)) {
        auto letter = letter_of(text);
        if (!letter) {
            respond_error(response, 400,
                          "dead_letters[" + std::to_string(letters.size()) + "]: " + letter.error().message);
            return changed;
        }
        letters.push_back(std::move(*letter));
    }
    respond_or_503(response, [&] {
        const auto imported = dead_letters.import(std::move(letters));
        if (imported) changed.count = imported->imported;
        write(imported, response);
    });
    return changed;
}

LettersChanged answer_letter(DeadLetterOperations& dead_letters, bool redact, const std::string& destination,
                             const std::string& id, const http::Request& request, http::Response& response) {
    LettersChanged changed;
    if (const auto error = read_parameters(request.query, {})) {
        respond_error(response, *error);
        return changed;
    }
    if (!std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; })) {
        respond_error(response, 404, no_letter);
        return changed;
    }
    DeadLetterQuery query;
    query.letters.push_back(destination + '/' + id);
    respond_or_503(response, [&] {
        if (request.method == verb::post) {
            const auto replayed = dead_letters.replay(query);
            if (replayed) changed.count = replayed->replayed;
            write_one(replayed, response);
        } else if (request.method == verb::delete_) {
            const auto purged = dead_letters.purge(query);
            if (purged) changed.count = purged->purged;
            write_one(purged, response);
        } else {
            write_one(listed(dead_letters, query, redact), response);
        }
    });
    return changed;
}

}  // namespace pintle::admin
