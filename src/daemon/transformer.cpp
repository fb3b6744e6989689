#include "pintle/daemon/transformer.hpp"

#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"

namespace pintle::daemon {
namespace {

std::string json_text(std::string_view plain) {
    return text::plain_json(nlohmann::json(plain).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

Transformer::Transformer(const config::Destination& destination)
    : host_(json_text(destination.endpoint().authority())),
      events_(destination.event_filter()),
      mapper_(destination.mapping) {}

std::optional<Reason> Transformer::operator()(std::string_view event, std::string& out) {
    auto outcome = event_.parse(event);
    if (outcome && !events_.admits(event_)) outcome = Reason::filtered;
    if (outcome) outcome = mapper_.map(event_, mapped_);
    if (!outcome) {
        out.append(R"({"error":)").append(json_text(sentence(outcome.error()))).append("}");
        return outcome.error();
    }
    const auto& request = mapped_.request;
    out.append(R"({"method":")").append(request.method).append(R"(","host":)").append(host_);
    out.append(R"(,"path":)").append(json_text(request.path));
    out.append(R"(,"body":)").append(request.body.empty() ? "null" : text::plain_json(request.body)).append("}");
    return std::nullopt;
}

}  // namespace pintle::daemon
