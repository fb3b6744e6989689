#include "control_routes.hpp"

#include <utility>

#include "json.hpp"
#include "parameters.hpp"
#include "pintle/base/escape.hpp"
#include "respond.hpp"
#include "status.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t max_message = 500;  // characters

}  // namespace

void answer_reload(const ReloadResult& reloaded, http::Response& response) {
    if (reloaded.problems.empty()) {
        nlohmann::ordered_json document = {
            {"file", reloaded.file.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(reloaded.file)},
            {"changed", reloaded.changed},
            {"kept", reloaded.needs_restart}};
        if (!reloaded.warnings.empty()) document["warnings"] = reloaded.warnings;
        response.body = dumped(document) + "\n";
        return;
    }
    response.status = 422;
    response.body =
        dumped({{"error", "the configuration has problems; nothing has changed"}, {"problems", reloaded.problems}}) +
        "\n";
}

void answer_one_destination(Control& control, const std::string& name, const http::Request& request,
                            http::Response& response) {
    if (const auto error = read_parameters(request.query, {})) return respond_error(response, *error);
    answer_destination(control.full_status(), name, response);
}

void answer_pause(Control& control, const std::string& name, std::string by, const http::Request& request,
                  http::Response& response) {
    std::string message;
    if (const auto error = read_parameters(request.query, {text("message", message)}))
        return respond_error(response, *error);
    if (text::length(message) > max_message)
        return respond_error(response, 400, "message: is longer than 500 characters");
    const auto before = control.pause(name, std::move(message), std::move(by));
    if (!before) return respond_error(response, before.error());
    answer_paused(control.full_status(), name, *before, response);
}

void answer_resume(Control& control, const std::string& name, std::string by, const http::Request& request,
                   http::Response& response) {
    if (const auto error = read_parameters(request.query, {})) return respond_error(response, *error);
    const auto before = control.resume(name, std::move(by));
    if (!before) return respond_error(response, before.error());
    answer_resumed(control.full_status(), name, *before, response);
}

void answer_discard(Control& control, const std::string& name, const http::Request& request, http::Response& response) {
    if (const auto error = read_parameters(request.query, {})) return respond_error(response, *error);
    const auto discarded = control.discard_stream(name);
    if (!discarded) return respond_error(response, discarded.error());
    response.body = dumped({{"name", discarded->name},
                            {"events", discarded->backlog_events},
                            {"dead_letters", discarded->dead_letters}}) +
                    "\n";
}

void answer_log_level(Control& control, const http::Request& request, http::Response& response) {
    std::string level;
    std::vector<Parameter> parameters;
    const bool changes = request.method == boost::beast::http::verb::put;
    if (changes) parameters.push_back(text("level", level));
    if (const auto error = read_parameters(request.query, parameters)) return respond_error(response, *error);
    if (changes) {
        if (const auto set = control.set_log_level(level); !set) return respond_error(response, set.error());
    }
    response.body = dumped({{"level", control.status().log_level}}) + "\n";
}

void answer_transform(Control& control, const http::Request& request, http::Response& response) {
    std::string destination;
    if (const auto error = read_parameters(request.query, {text("destination", destination)}))
        return respond_error(response, *error);
    if (request.body.empty()) return respond_error(response, 400, "the body is empty; it must be an event");
    const auto made = control.transform(destination, request.body);
    if (!made) return respond_error(response, made.error());
    response.body = *made + "\n";
}

}  // namespace pintle::admin
