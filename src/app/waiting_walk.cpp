#include "app/waiting_walk.hpp"

#include <algorithm>
#include <charconv>

#include "app/about_user.hpp"
#include "pintle/mapping/event.hpp"
#include "pintle/record/record.hpp"

namespace pintle::app {
namespace {

constexpr std::size_t page = 256;  // records a read
constexpr std::size_t page_bytes = 4UL << 20U;

bool read_position(const std::string& text, journal::Position& position) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, position);
    return error == std::errc{} && end == last;
}

}  // namespace

admin::Answered<admin::Waiting> find_waiting(const journal::Journal& journal, journal::Log log,
                                             const admin::WaitingQuery& query, WalkEffort effort) {
    journal::Position after = 0;
    if (!query.after.empty() && !read_position(query.after, after))
        return admin::Fault{400, "after: is not what `next` of an answer was"};
    if (query.limit > 0) effort.matches = query.limit;
    admin::Waiting waiting;
    mapping::Event parsed;
    while (true) {
        const auto records = journal.read(log, after, page, page_bytes);
        if (records.empty()) return waiting;
        for (const auto& stored : records) {
            after = stored.position;
            const auto record = record::decode(stored.bytes);
            if (record && (query.user.empty() || is_about(record->event, query.user, parsed))) {
                waiting.events.push_back({stored.position, std::string(record->source),
                                          std::string(record->destination), record->received,
                                          std::string(record->event)});
            }
            effort.records -= std::min<std::size_t>(effort.records, 1);
            effort.bytes -= std::min(effort.bytes, stored.bytes.size());
            if (waiting.events.size() >= effort.matches || effort.records == 0 || effort.bytes == 0) {
                waiting.next = std::to_string(after);
                return waiting;
            }
        }
    }
}

}  // namespace pintle::app
