#include "pintle/admin/dead_letter_scan.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t page = 16;  // letters a read; each may be as large as ingest.max_event and its request

// Where a walk stands, as text: AFTER-LAST/DESTINATION.
struct Place {
    std::uint64_t after = 0;  // the last letter looked at
    std::uint64_t last = 0;   // of the stream, when it was begun
    std::string destination;

    std::string text() const { return std::to_string(after) + "-" + std::to_string(last) + "/" + destination; }
};

bool read_place(std::string_view text, Place& place) {
    const char* const end = text.data() + text.size();
    const auto after = std::from_chars(text.data(), text.data() + text.size(), place.after);
    if (after.ec != std::errc{} || after.ptr == end || *after.ptr != '-') return false;
    const auto last = std::from_chars(after.ptr + 1, end, place.last);
    if (last.ec != std::errc{} || last.ptr == end || *last.ptr != '/') return false;
    place.destination.assign(last.ptr + 1, end);
    return true;
}

std::size_t size_of(const journal::DeadLetter& letter) {
    return letter.event.size() + letter.body.size() + letter.answer.size() + letter.message.size();
}

// One step of a walk.
class Step {
public:
    Step(const journal::Journal& journal, DeadLetterFilter& filter, const ScanBudget& budget)
        : journal_(journal), filter_(filter), left_(budget) {}

    bool exhausted() const { return left_.matches == 0 || left_.letters == 0 || left_.bytes == 0; }

    // Goes on in a stream until it is through or tired; `place` is then where it stands.
    void walk(const DeadLetterStream& stream, Place& place) {
        while (!exhausted()) {
            const auto from = filter_.next_wanted(stream.destination, place.after);
            if (!from || *from > place.last) break;
            auto letters = journal_.dead_letters(stream.stream, *from - 1, filter_.names_letters() ? 1 : page);
            if (letters.empty()) break;
            for (auto& letter : letters) {
                if (letter.id > place.last) return through(place);
                if (exhausted()) return;
                place.after = letter.id;
                letter.destination = stream.destination;
                look_at(letter);
            }
        }
        if (!exhausted()) through(place);
    }

    std::vector<journal::DeadLetter> found;

private:
    static void through(Place& place) { place.after = place.last; }

    void look_at(journal::DeadLetter& letter) {
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

Answered<Letters> find_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                    DeadLetterFilter& filter, std::string_view after, const ScanBudget& budget) {
    const auto has_name = [](const std::string& name) {
        return [&](const DeadLetterStream& stream) { return stream.destination == name; };
    };
    if (!filter.destination().empty() && std::ranges::none_of(streams, has_name(filter.destination()))) {
        return Fault{404, "destination: there is none named " + config::in_quotes(filter.destination())};
    }
    Place place;
    auto stream = streams.begin();
    if (!after.empty()) {
        if (!read_place(after, place)) return Fault{400, "after: is not what `next` of an answer was"};
        stream = std::ranges::find_if(streams, has_name(place.destination));
    }
    Step step(journal, filter, budget);
    for (; stream != streams.end(); ++stream) {
        if (!filter.wants(stream->destination)) continue;
        if (place.destination != stream->destination) {
            place = {0, journal.dead_letter_usage(stream->stream).last, stream->destination};
        }
        step.walk(*stream, place);
        const bool more = place.after < place.last || std::any_of(
                                                          std::next(stream), streams.end(),
                                                          [&](const auto& later) {
                                                              return filter.wants(later.destination) &&
                                                                     journal.dead_letter_usage(later.stream).count > 0;
                                                          });
        if (step.exhausted()) return Letters{std::move(step.found), more ? place.text() : std::string{}};
    }
    return Letters{std::move(step.found), {}};
}

Answered<Letters> list_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                    const DeadLetterQuery& query, WallTime now) {
    auto filter = DeadLetterFilter::read(query, now);
    if (!filter) return filter.error();
    ScanBudget budget;
    if (query.limit > 0) budget.matches = query.limit;
    return find_dead_letters(journal, streams, *filter, query.after, budget);
}

}  // namespace pintle::admin
