#include "control_routes.hpp"

#include <utility>

#include "json.hpp"
#include "parameters.hpp"
#include "pintle/base/escape.hpp"
#include "respond.hpp"
#include "status.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t longest_message = 500;  // characters

}  // namespace

void answer_reload(const Reloaded& reloaded, http::Response& answer) {
    if (reloaded.problems.empty()) {
        answer.body = dumped({{"changed", reloaded.changed}, {"kept", reloaded.kept}}) + "\n";
        return;
    }
    answer.status = 422;
    answer.body =
        dumped({{"error", "the configuration has problems; nothing has changed"}, {"problems", reloaded.problems}}) +
        "\n";
}

void answer_one_destination(Control& control, const std::string& name, const http::Request& request,
                            http::Response& answer) {
    if (const auto fault = read_parameters(request.query, {})) return say(answer, *fault);
    answer_destination(control.full_status(), name, answer);
}

void answer_pause(Control& control, const std::string& name, const http::Request& request, http::Response& answer) {
    std::string message = "paused by an operator";
    if (const auto fault = read_parameters(request.query, {text("message", message)})) return say(answer, *fault);
    if (text::length(message) > longest_message) return say(answer, 400, "message: is longer than 500 characters");
    if (const auto paused = control.pause(name, std::move(message)); !paused) return say(answer, paused.error());
    answer_destination(control.full_status(), name, answer);
}

void answer_resume(Control& control, const std::string& name, const http::Request& request, http::Response& answer) {
    if (const auto fault = read_parameters(request.query, {})) return say(answer, *fault);
    if (const auto resumed = control.resume(name); !resumed) return say(answer, resumed.error());
    answer_destination(control.full_status(), name, answer);
}

void answer_log_level(Control& control, const http::Request& request, http::Response& answer) {
    std::string level;
    std::vector<Parameter> parameters;
    const bool changes = request.method == boost::beast::http::verb::put;
    if (changes) parameters.push_back(text("level", level));
    if (const auto fault = read_parameters(request.query, parameters)) return say(answer, *fault);
    if (changes) {
        if (const auto set = control.set_log_level(level); !set) return say(answer, set.error());
    }
    answer.body = dumped({{"level", control.look().log_level}}) + "\n";
}

void answer_transform(Control& control, const http::Request& request, http::Response& answer) {
    std::string destination;
    if (const auto fault = read_parameters(request.query, {text("destination", destination)}))
        return say(answer, *fault);
    if (request.body.empty()) return say(answer, 400, "the body is empty; it must be an event");
    const auto made = control.transform(destination, request.body);
    if (!made) return say(answer, made.error());
    answer.body = *made + "\n";
}

}  // namespace pintle::admin
