#include "pintle/telemetry/export_result.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/retry_after.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::telemetry {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds max_wait{30'000};
constexpr std::uint32_t max_doublings = 16;
constexpr std::size_t max_shown = 200;  // bytes of a body in a message

// OTLP's JSON has 64-bit integers as strings; some collectors write numbers.
std::uint64_t count_in(const nlohmann::json& value) {
    if (const auto number = read_unsigned(value)) return *number;
    std::uint64_t number = 0;
    if (const auto* text = value.get_ptr<const std::string*>())
        std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

// What the collector left out of an accepted batch, or warns of; empty: nothing.
std::string partial_success(const std::string& body) {
    const auto document = parse_json(body);
    if (!document.is_object()) return {};
    const auto partial = document.find("partialSuccess");
    if (partial == document.end() || !partial->is_object()) return {};
    std::uint64_t rejected = 0;
    for (const char* key : {"rejectedDataPoints", "rejectedSpans"})
        if (const auto found = partial->find(key); found != partial->end()) rejected += count_in(*found);
    std::string message;
    if (const auto found = partial->find("errorMessage"); found != partial->end() && found->is_string())
        message = found->get<std::string>().substr(0, max_shown);
    if (rejected == 0) return message;
    return "the collector rejected " + std::to_string(rejected) + " of the batch" +
           (message.empty() ? "" : ": " + message);
}

bool is_retryable(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

HttpRequest export_request(Signal signal, std::string batch) {
    return {"POST", "/v1/" + std::string(name_of(signal)), std::move(batch)};
}

ExportResult classify(const HttpResponse& response, WallTime now) {
    using Kind = ExportResult::Kind;
    if (response.status == 0) return {Kind::retry, {}, response.error};
    if (response.status >= 200 && response.status < 300) return {Kind::accepted, {}, partial_success(response.body)};
    std::string message = "the collector answers " + std::to_string(response.status);
    if (!response.body.empty()) message.append(": ").append(response.body, 0, max_shown);
    if (!is_retryable(response.status)) return {Kind::rejected, {}, std::move(message)};
    return {Kind::retry, read_retry_after(response.retry_after, now), std::move(message)};
}

milliseconds retry_wait(milliseconds initial, std::uint32_t failures, double jitter,
                        std::optional<milliseconds> asked) {
    const auto doubled = initial * (1U << std::min(failures - 1, max_doublings));
    const auto limit = std::min<milliseconds>(doubled, max_wait);
    const milliseconds jittered{static_cast<milliseconds::rep>(static_cast<double>(limit.count()) * (1 + jitter) / 2)};
    return std::max(jittered, asked.value_or(milliseconds::zero()));
}

}  // namespace pintle::telemetry
