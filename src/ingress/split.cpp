#include "ingress/split.hpp"

namespace pintle::ingress {
namespace {

using mapping::Kind;
using mapping::Tokens;
using mapping::TokenSpan;
using mapping::Value;

// The elements of the array that begins with the token `begin`; `events` is what they are. Nothing but they, and commas
// between them, may stand in it. The token behind it; 0 where it is no array.
std::size_t split_array(const Tokens& tokens, std::size_t begin, std::vector<TokenSpan>& events) {
    std::size_t at = begin + 1;
    if (tokens.first(at) == ']') return at + 1;
    while (const auto event = tokens.value_at(at)) {
        events.push_back(*event);
        at = event->end;
        if (tokens.first(at) == ']') return at + 1;
        if (tokens.first(at) != ',') break;
        ++at;
    }
    return 0;
}

}  // namespace

// False where the tokens are no object, or one of its arrays is none. The elements of all of them become events.
bool Splitter::find_arrays(Parts& parts) {
    const Tokens& tokens = parts.tokens;
    arrays_.clear();
    if (tokens.first(0) != '{') return false;
    std::size_t at = 1;
    while (tokens.first(at) != '}') {
        std::size_t end = 0;
        if (tokens.first(at) == '[') {
            const std::size_t first = parts.events.size();
            end = split_array(tokens, at, parts.events);
            arrays_.push_back({{at, end}, first, parts.events.size() - first});
        } else if (const auto other = tokens.value_at(at)) {
            end = other->end;
        }
        if (end == 0) return false;
        at = end;
    }
    return at + 1 == tokens.count();
}

// The body without what stands in the arrays, of which a body as it should be has one, the batch.
mapping::Result<void> Splitter::read_envelope(const std::string& body, const Tokens& tokens, mapping::Event& envelope) {
    surroundings_.clear();
    std::size_t rest = 0;
    for (const Array& array : arrays_) {
        const std::string_view text = tokens.text(array.span);
        const auto begin = static_cast<std::size_t>(text.data() - body.data());
        surroundings_.append(body, rest, begin - rest).append("[]");
        rest = begin + text.size();
    }
    surroundings_.append(body, rest);
    return envelope.parse(surroundings_);
}

// Of `arrays_` the one that is the envelope's batch; of several the last counts. None where it is something else.
const Splitter::Array* Splitter::batch_of(const mapping::Event& envelope) const {
    const Value batch = envelope["batch"];
    auto array = arrays_.begin();
    for (Value member = envelope.root().first(); member; member = member.next()) {
        if (!member.is(Kind::array)) continue;
        if (member.raw().data() == batch.raw().data()) return &*array;
        ++array;
    }
    return nullptr;
}

mapping::Result<void> Splitter::split_batch(const std::string& body, Parts& parts, mapping::Event& envelope) {
    if (!find_arrays(parts)) return mapping::invalid_json;
    if (auto valid = read_envelope(body, parts.tokens, envelope); !valid) return valid;
    const Array* found = batch_of(envelope);
    const Array batch = found != nullptr ? *found : Array{};
    if (found == nullptr || arrays_.size() > 1) {  // what stands in other arrays has not been looked at yet
        arrays_.clear();
        if (found != nullptr) arrays_.push_back(batch);
        if (auto valid = read_envelope(body, parts.tokens, envelope); !valid) return valid;
        const auto begin = parts.events.begin() + static_cast<std::ptrdiff_t>(batch.first);
        parts.events.assign(begin, begin + static_cast<std::ptrdiff_t>(batch.count));
    }
    if (found == nullptr && envelope["batch"] && !envelope["batch"].is(Kind::null)) return batch_not_array;
    if (parts.events.empty()) return empty_batch;
    return {};
}

mapping::Result<void> Splitter::split(std::string& body, Form form, Parts& parts, mapping::Event& envelope) {
    parts.events.clear();
    parts.batch = parts.enveloped = form == Form::batch;
    if (auto found = parts.tokens.find(body); !found) return found;
    if (parts.enveloped) return split_batch(body, parts, envelope);

    if (form == Form::single || parts.tokens.first(0) != '[') {
        parts.events.push_back(parts.tokens.all());
        return {};
    }
    parts.batch = true;
    if (split_array(parts.tokens, 0, parts.events) != parts.tokens.count()) return mapping::invalid_json;
    if (parts.events.empty()) return empty_batch;
    return {};
}

}  // namespace pintle::ingress
