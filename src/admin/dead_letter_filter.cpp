#include "dead_letter_filter.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/algorithm/string/find.hpp>

#include "event_match.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/spelling.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::admin {
namespace {

ApiResult<std::optional<WallTime>> read_bound(std::string_view name, const std::string& text, WallTime now) {
    if (text.empty()) return std::optional<WallTime>{};
    config::Milliseconds ago{};
    if (!config::Duration{config::Milliseconds{0}, std::chrono::hours{24 * 365 * 100}}(text, ago))
        return std::optional(now - ago);
    if (const auto time = customerio::read_time(text)) return std::optional(WallTime(*time));
    return ApiError{400,
                    std::string(name) + ": " + config::in_quotes(text) +
                        " is not a time; allowed: ISO 8601 such as 2026-11-24T02:45:00Z, or a duration before now such "
                        "as 30m, 48h or 7d"};
}

// Text with underscores, as no sentence has them.
bool is_like_a_code(std::string_view text) {
    const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return text.find('_') != std::string_view::npos && std::ranges::all_of(text, is_allowed);
}

// A code with a typing error would select nothing, or what merely has it in its message.
std::optional<ApiError> check_reason(const std::string& text) {
    if (!is_like_a_code(text) || find_reason(text)) return std::nullopt;
    std::vector<std::string> codes;
    codes.reserve(reason_texts.size());
    for (const auto& reason : reason_texts) codes.emplace_back(reason.code);
    std::string closest;
    for (const auto& each : closest_words(text, std::move(codes), 3)) closest += (closest.empty() ? "" : ", ") + each;
    return ApiError{400, "reason: " + config::in_quotes(text) + " is no reason code; the closest are " + closest};
}

}  // namespace

std::string name_of(const journal::DeadLetter& letter) {
    return letter.destination + "/" + std::to_string(letter.id);
}

ApiResult<DeadLetterFilter> DeadLetterFilter::read(const DeadLetterQuery& query, WallTime now) {
    DeadLetterFilter filter;
    filter.destination_ = query.destination;
    filter.reason_ = query.reason;
    if (auto error = check_reason(query.reason)) return *error;
    filter.user_ = query.user;
    filter.message_id_ = query.message_id;
    const auto since = read_bound("since", query.since, now);
    if (!since) return since.error();
    filter.since_ = *since;
    const auto until = read_bound("until", query.until, now);
    if (!until) return until.error();
    filter.until_ = *until;
    for (const auto& name : query.letters) {
        const auto slash = name.rfind('/');
        std::uint64_t id = 0;
        const char* end = name.data() + name.size();
        if (slash == std::string::npos || slash == 0 || std::from_chars(name.data() + slash + 1, end, id).ptr != end ||
            id == 0) {
            return ApiError{400, config::in_quotes(name) + " names no dead letter; allowed: DESTINATION/ID"};
        }
        filter.letters_[name.substr(0, slash)].insert(id);
    }
    return filter;
}

bool DeadLetterFilter::empty() const {
    return destination_.empty() && reason_.empty() && user_.empty() && message_id_.empty() && !since_ && !until_ &&
           letters_.empty();
}

bool DeadLetterFilter::wants(const std::string& destination) const {
    if (!destination_.empty() && destination_ != destination) return false;
    return letters_.empty() || letters_.contains(destination);
}

std::optional<std::uint64_t> DeadLetterFilter::next_wanted(const std::string& destination, std::uint64_t after) const {
    if (letters_.empty())
        return after == std::numeric_limits<std::uint64_t>::max() ? std::nullopt : std::optional(after + 1);
    const auto found = letters_.find(destination);
    if (found == letters_.end()) return std::nullopt;
    const auto id = found->second.upper_bound(after);
    return id == found->second.end() ? std::nullopt : std::optional(*id);
}

bool DeadLetterFilter::matches(const journal::DeadLetter& letter) {
    if (!wants(letter.destination)) return false;
    if (!letters_.empty() && !letters_[letter.destination].contains(letter.id)) return false;
    if (since_ && letter.dead_lettered_at < *since_) return false;
    if (until_ && letter.dead_lettered_at > *until_) return false;
    if (!reason_.empty() && reason_ != code(letter.reason) && !boost::algorithm::ifind_first(letter.message, reason_)) {
        return false;
    }
    if (!user_.empty() && !is_about(letter.event, user_, event_)) return false;
    return message_id_.empty() || has_message_id(letter.event, message_id_, event_);
}

}  // namespace pintle::admin
