#include <algorithm>

#include "pintle/live/feed.hpp"
#include "pintle/mapping/event.hpp"

namespace pintle::live {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letter(char a, char b) {
    return lower(a) == lower(b);
}

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, same_letter);
}

bool contains(std::string_view text, std::string_view part) {
    return !std::ranges::search(text, part, same_letter).empty() || part.empty();
}

// A page or screen may be named beside its properties, or in them.
std::string_view name_of(const mapping::Event& event) {
    for (const auto value : {event["event"], event["name"], event["properties"]["name"]}) {
        if (const auto text = value.text(); !text.empty()) return text;
    }
    return {};
}

}  // namespace

Subject subject_of(std::string_view event) {
    Subject subject;
    thread_local mapping::Event parsed;  // its buffers are worth keeping
    if (!event.starts_with('{') || !parsed.parse(event)) return subject;
    const auto person = mapping::read_person(parsed);
    subject.type = parsed["type"].text();
    subject.email = person.email;
    subject.anonymous = person.anonymous_id;
    for (const auto name : {person.user_id, person.email, person.anonymous_id}) {
        if (subject.user.empty()) subject.user = name;
    }
    subject.name = name_of(parsed);
    return subject;
}

bool Filter::fits(const Subject& subject) const {
    if (!type.empty() && !same(type, subject.type)) return false;
    if (!name.empty() && !contains(subject.name, name)) return false;
    return user.empty() || user == subject.user || user == subject.email || user == subject.anonymous;
}

}  // namespace pintle::live
