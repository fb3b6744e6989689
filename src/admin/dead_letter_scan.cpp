#include "dead_letter_scan.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t page = 16;  // letters per read; each may be as large as ingest.max_event plus its request

// Where a scan continues; as text AFTER-LAST/DESTINATION.
struct ScanCursor {
    std::uint64_t after = 0;  // the last letter that was read
    std::uint64_t last = 0;   // the highest id in the stream when its scan began
    std::string destination;

    std::string text() const { return std::to_string(after) + "-" + std::to_string(last) + "/" + destination; }
};

bool read_cursor(std::string_view text, ScanCursor& cursor) {
    const char* const end = text.data() + text.size();
    const auto after = std::from_chars(text.data(), text.data() + text.size(), cursor.after);
    if (after.ec != std::errc{} || after.ptr == end || *after.ptr != '-') return false;
    const auto last = std::from_chars(after.ptr + 1, end, cursor.last);
    if (last.ec != std::errc{} || last.ptr == end || *last.ptr != '/') return false;
    cursor.destination.assign(last.ptr + 1, end);
    return true;
}

std::size_t size_of(const journal::DeadLetter& letter) {
    return letter.event.size() + letter.body.size() + letter.response_body.size() + letter.message.size();
}

// One step of a scan.
class ScanStep {
public:
    ScanStep(const journal::Journal& journal, DeadLetterFilter& filter, const ScanBudget& budget)
        : journal_(journal), filter_(filter), left_(budget) {}

    bool exhausted() const { return left_.matches == 0 || left_.letters == 0 || left_.bytes == 0; }

    // Scans a stream to its end or until the budget is exhausted; advances `cursor`.
    void scan(const DeadLetterStream& stream, ScanCursor& cursor) {
        while (!exhausted()) {
            const auto from = filter_.next_wanted(stream.destination, cursor.after);
            if (!from || *from > cursor.last) break;
            auto letters = journal_.dead_letters(stream.stream, *from - 1, filter_.names_letters() ? 1 : page);
            if (letters.empty()) break;
            for (auto& letter : letters) {
                if (letter.id > cursor.last) return finish(cursor);
                if (exhausted()) return;
                cursor.after = letter.id;
                letter.destination = stream.destination;
                add_if_matching(letter);
            }
        }
        if (!exhausted()) finish(cursor);
    }

    std::vector<journal::DeadLetter> found;

private:
    static void finish(ScanCursor& cursor) { cursor.after = cursor.last; }

    void add_if_matching(journal::DeadLetter& letter) {
        --left_.letters;
        left_.bytes -= std::min(left_.bytes, size_of(letter));
        if (!filter_.matches(letter)) return;
        --left_.matches;
        found.push_back(std::move(letter));
    }

    const journal::Journal& journal_;
    DeadLetterFilter& filter_;
    ScanBudget left_;
};

}  // namespace

std::vector<DeadLetterStream> dead_letter_streams(const journal::StreamReader& journal) {
    std::vector<DeadLetterStream> streams;
    for (auto& name : journal.streams()) {
        if (const auto stream = journal.find_stream(name)) streams.push_back({std::move(name), *stream});
    }
    return streams;
}

ApiResult<Letters> find_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                     DeadLetterFilter& filter, std::string_view after, const ScanBudget& budget) {
    const auto has_name = [](const std::string& name) {
        return [&](const DeadLetterStream& stream) { return stream.destination == name; };
    };
    if (!filter.destination().empty() && std::ranges::none_of(streams, has_name(filter.destination()))) {
        return ApiError{404, "destination: there is none named " + config::in_quotes(filter.destination())};
    }
    ScanCursor cursor;
    auto stream = streams.begin();
    if (!after.empty()) {
        if (!read_cursor(after, cursor)) return ApiError{400, "after: is not a `next` of an earlier response"};
        stream = std::ranges::find_if(streams, has_name(cursor.destination));
    }
    ScanStep step(journal, filter, budget);
    for (; stream != streams.end(); ++stream) {
        if (!filter.wants(stream->destination)) continue;
        if (cursor.destination != stream->destination) {
            cursor = {0, journal.dead_letter_usage(stream->stream).last, stream->destination};
        }
        step.scan(*stream, cursor);
        const bool more =
            cursor.after < cursor.last ||
            std::any_of(
                std::next(stream), streams.end(),
                [&](const auto& later) {
                    return filter.wants(later.destination) && journal.dead_letter_usage(later.stream).count > 0;
                });
        if (step.exhausted()) return Letters{std::move(step.found), more ? cursor.text() : std::string{}};
    }
    return Letters{std::move(step.found), {}};
}

ApiResult<Letters> list_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                     const DeadLetterQuery& query, WallTime now) {
    auto filter = DeadLetterFilter::read(query, now);
    if (!filter) return filter.error();
    ScanBudget budget;
    if (query.limit > 0) budget.matches = query.limit;
    return find_dead_letters(journal, streams, *filter, query.after, budget);
}

}  // namespace pintle::admin
