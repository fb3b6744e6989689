#include <nlohmann/json.hpp>

#include "json.hpp"
#include "pintle/admin/dead_letters.hpp"

namespace pintle::admin {

std::string to_json(const journal::DeadLetter& letter) {
    Extended line({
        {"id", letter.id},
        {"source", letter.source},
        {"destination", letter.destination},
        {"reason", code(letter.reason)},
        {"message", letter.message},
        {"attempts", letter.attempts},
        {"received_at", time_of(letter.received)},
        {"dead_lettered_at", time_of(letter.dead_lettered_at)},
    });
    if (!letter.method.empty()) {
        Extended request({{"method", letter.method}, {"path", letter.path}});
        request.add("body", as_written(letter.body));
        line.add("request", std::move(request).text());
    }
    if (letter.status != 0) line.add("response", dumped({{"status", letter.status}, {"body", letter.response_body}}));
    line.add("event", as_written(letter.event));
    return std::move(line).text();
}

}  // namespace pintle::admin
