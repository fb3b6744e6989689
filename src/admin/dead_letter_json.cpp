#include <chrono>

#include <nlohmann/json.hpp>

#include "pintle/admin/admin.hpp"

namespace pintle::admin {
namespace {

nlohmann::json parsed_or_text(const std::string& text) {
    auto document = nlohmann::json::parse(text, nullptr, false);
    return document.is_discarded() ? nlohmann::json(text) : document;
}

}  // namespace

std::string to_json(const journal::DeadLetter& letter) {
    nlohmann::ordered_json document = {
        {"id", letter.id},
        {"source", letter.source},
        {"destination", letter.destination},
        {"reason", letter.reason},
        {"attempts", letter.attempts},
        {"received_at", letter.received.time_since_epoch().count()},
        {"died_at", letter.died.time_since_epoch().count()},
    };
    if (!letter.method.empty()) {
        document["request"] = {{"method", letter.method}, {"path", letter.path}, {"body", parsed_or_text(letter.body)}};
    }
    if (letter.status != 0) document["answer"] = {{"status", letter.status}, {"body", letter.answer}};
    document["event"] = parsed_or_text(letter.event);
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace pintle::admin
