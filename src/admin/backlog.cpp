#include "pintle/admin/backlog.hpp"

#include <algorithm>
#include <charconv>

#include "event_match.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/json/event.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t page = 256;  // records per read
constexpr std::size_t page_bytes = 4UL << 20U;

bool read_offset(const std::string& text, journal::Offset& offset) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, offset);
    return error == std::errc{} && end == last;
}

}  // namespace

ApiResult<BacklogEvents> find_backlog_events(const journal::Journal& journal, journal::Stream stream,
                                             const BacklogQuery& query, BacklogScanBudget budget) {
    journal::Offset after = 0;
    if (!query.after.empty() && !read_offset(query.after, after))
        return ApiError{400, "after: is not a `next` of an earlier response"};
    if (query.limit > 0) budget.matches = query.limit;
    BacklogEvents found;
    json::Event parsed;
    const auto matches = [&](std::string_view event) {
        return (query.user.empty() || is_about(event, query.user, parsed)) &&
               (query.message_id.empty() || has_message_id(event, query.message_id, parsed));
    };
    while (true) {
        const auto records = journal.read(stream, after, page, page_bytes);
        if (records.empty()) return found;
        for (const auto& stored : records) {
            after = stored.offset;
            const auto record = journal::decode(stored.bytes);
            if (record && matches(record->event)) {
                found.events.push_back({stored.offset, std::string(record->source), query.destination, record->received,
                                        std::string(record->event)});
            }
            budget.records -= std::min<std::size_t>(budget.records, 1);
            budget.bytes -= std::min(budget.bytes, stored.bytes.size());
            if (found.events.size() >= budget.matches || budget.records == 0 || budget.bytes == 0) {
                found.next = std::to_string(after);
                return found;
            }
        }
    }
}

}  // namespace pintle::admin
