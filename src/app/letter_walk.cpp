#include "app/letter_walk.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "app/config_values.hpp"

namespace pintle::app {
namespace {

using admin::Fault;
using admin::Letters;

constexpr std::size_t page = 16;  // letters a read; each may be as large as ingest.max_event and its request

// Where a walk stands, as text: AFTER-LAST/DESTINATION.
struct Place {
    std::uint64_t after = 0;  // the last letter looked at
    std::uint64_t last = 0;   // of the box, when it was begun
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
    Step(const journal::Journal& journal, LetterFilter& filter, const Effort& effort)
        : journal_(journal), filter_(filter), left_(effort) {}

    bool tired() const { return left_.matches == 0 || left_.letters == 0 || left_.bytes == 0; }

    // Goes on in a box until it is through or tired; `place` is then where it stands.
    void walk(const LetterBox& box, Place& place) {
        while (!tired()) {
            const auto from = filter_.next_wanted(box.destination, place.after);
            if (!from || *from > place.last) break;
            auto letters = journal_.dead_letters(box.log, *from - 1, filter_.names_letters() ? 1 : page);
            if (letters.empty()) break;
            for (auto& letter : letters) {
                if (letter.id > place.last) return through(place);
                if (tired()) return;
                place.after = letter.id;
                letter.destination = box.destination;
                look_at(letter);
            }
        }
        if (!tired()) through(place);
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
    LetterFilter& filter_;
    Effort left_;
};

}  // namespace

std::vector<LetterBox> letter_boxes(journal::Journal& journal) {
    std::vector<LetterBox> boxes;
    for (auto& name : journal.logs()) {
        const auto log = journal.open_log(name);
        boxes.push_back({std::move(name), log});
    }
    return boxes;
}

admin::Answered<Letters> find_letters(const journal::Journal& journal, const std::vector<LetterBox>& boxes,
                                      LetterFilter& filter, std::string_view after, const Effort& effort) {
    const auto has_name = [](const std::string& name) {
        return [&](const LetterBox& box) { return box.destination == name; };
    };
    if (!filter.destination().empty() && std::ranges::none_of(boxes, has_name(filter.destination()))) {
        return Fault{404, "destination: there is none named " + in_quotes(filter.destination())};
    }
    Place place;
    auto box = boxes.begin();
    if (!after.empty()) {
        if (!read_place(after, place)) return Fault{400, "after: is not what `next` of an answer was"};
        box = std::ranges::find_if(boxes, has_name(place.destination));
    }
    Step step(journal, filter, effort);
    for (; box != boxes.end(); ++box) {
        if (!filter.wants(box->destination)) continue;
        if (place.destination != box->destination) {
            place = {0, journal.letter_usage(box->log).last, box->destination};
        }
        step.walk(*box, place);
        const bool more = place.after < place.last ||
                          std::any_of(
                              std::next(box), boxes.end(),
                              [&](const auto& later) {
                                  return filter.wants(later.destination) && journal.letter_usage(later.log).count > 0;
                              });
        if (step.tired()) return Letters{std::move(step.found), more ? place.text() : std::string{}};
    }
    return Letters{std::move(step.found), {}};
}

admin::Answered<Letters> list_letters(const journal::Journal& journal, const std::vector<LetterBox>& boxes,
                                      const admin::LetterQuery& query, WallTime now) {
    auto filter = LetterFilter::read(query, now);
    if (!filter) return filter.error();
    Effort effort;
    if (query.limit > 0) effort.matches = query.limit;
    return find_letters(journal, boxes, *filter, query.after, effort);
}

}  // namespace pintle::app
