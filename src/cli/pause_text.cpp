#include "pause_text.hpp"

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "pintle/admin/status.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/delivery/pause_reason.hpp"
#include "pintle/json/parse.hpp"
#include "status_reader.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;

// A response of the daemon, as far as these texts need it.
struct Response {
    std::string name;
    std::string pending;  // `12 events pending`
    std::vector<admin::PauseStatus> pauses;
    std::optional<admin::PauseStatus> before;
    json change;
};

Response read_response(std::string_view text) {
    Response response;
    const auto document = parse_json(text);
    response.change = json::object();
    if (!document.is_object()) return response;
    if (const auto name = document.find("name"); name != document.end() && name->is_string())
        response.name = text::shown(name->get<std::string>());
    const auto pending = read_unsigned(document.value("backlog_events", json())).value_or(0);
    response.pending = std::to_string(pending) + (pending == 1 ? " event pending" : " events pending");
    if (const auto pauses = document.find("pauses"); pauses != document.end() && pauses->is_array())
        for (const auto& pause : *pauses) response.pauses.push_back(read_pause(pause));
    if (const auto change = document.find("change"); change != document.end() && change->is_object()) {
        response.change = *change;
        if (const auto before = change->find("before"); before != change->end() && before->is_object())
            response.before = read_pause(*before);
    }
    return response;
}

bool is_by_operator(const admin::PauseStatus& pause) {
    return pause.reason == delivery::code_of(delivery::PauseReason::by_operator);
}

// The pauses that a resume does not end.
std::string describe_others(const Response& response) {
    std::string out;
    for (const auto& pause : response.pauses)
        if (!is_by_operator(pause)) out += response.name + " is paused " + describe_pause(pause) + "\n";
    return out;
}

}  // namespace

std::string paused_text(std::string_view response_text) {
    const auto response = read_response(response_text);
    const auto lasts =
        ", also across restarts, until `pintle resume " + response.name + "`; " + response.pending + "\n";
    const auto others = describe_others(response);
    if (!response.before) return response.name + " is paused" + lasts + others;
    auto out = response.name + " was paused already " + describe_pause(*response.before) + "\n";
    const auto changed = response.change.value("changed", json::array());
    for (const auto& pause : response.pauses) {
        if (!is_by_operator(pause)) continue;
        out += changed.empty() ? "nothing has changed; it stays paused" : "now it is paused " + describe_pause(pause);
    }
    return out + lasts + others;
}

std::string resumed_text(std::string_view response_text) {
    const auto response = read_response(response_text);
    std::string out;
    if (response.before) out += "ended the pause " + describe_pause(*response.before) + "\n";
    if (response.pauses.empty()) return out + response.name + " is delivering; " + response.pending + "\n";
    for (const auto& pause : response.pauses) out += response.name + " is still paused " + describe_pause(pause) + "\n";
    return out + "it is probed at once and resumes with the first success; " + response.pending + "\n";
}

}  // namespace pintle::cli
