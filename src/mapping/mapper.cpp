#include "pintle/mapping/mapper.hpp"

#include <utility>
#include <variant>

#include "mapping/batch_item.hpp"
#include "mapping/key_hash.hpp"
#include "mapping/parts.hpp"
#include "mapping/v1.hpp"
#include "mapping/v2.hpp"

namespace pintle::mapping {
namespace {

std::uint64_t key_of(const Identifier& identifier) {
    return identifier ? key_hash(identifier.text()) : 0;
}

// Whom an event is about, as far as its kind says it.
struct FindPerson {
    const Identifier& operator()(const Alias& alias) const { return alias.primary; }
    const Identifier& operator()(const auto& facts) const { return facts.person; }
};

Keys find_keys(const Facts& facts, const Parts& parts) {
    Keys keys{.person = key_of(std::visit(FindPerson{}, facts)), .anonymous = key_of(parts.anonymous_id)};
    if (const auto* alias = std::get_if<Alias>(&facts)) keys.previous = key_of(alias->secondary);
    return keys;
}

// A request has each part of its event at most three times (an anonymous id as who it is about, as an attribute and as
// a trait), and little besides: that of an event of up to so many bytes is not too large.
constexpr std::size_t surely_small = (max_item_bytes - 1'000) / 3;

}  // namespace

struct Mapper::State {
    Options options;
    AttributeList attributes;

    Result<Facts> read(const Event& event, Mapped& out) const {
        const auto parts = read_parts(event.root());
        if (!parts) return parts.error();
        out.type = find_event_type(parts->type.text());
        auto facts = read_facts(out.type, *parts, options);
        if (facts) out.keys = find_keys(*facts, *parts);
        return facts;
    }

    Result<void> write(const Facts& facts, Request& request) {
        request.path.clear();
        request.body.clear();
        if (options.api_version == ApiVersion::v2) {
            return std::visit(V2(attributes, options.batch_anonymous, request), facts);
        }
        return std::visit(V1(attributes, request), facts);
    }
};

Mapper::Mapper(Options options) : state_(std::make_unique<State>(State{std::move(options), {}})) {}
Mapper::~Mapper() = default;
Mapper::Mapper(Mapper&&) noexcept = default;
Mapper& Mapper::operator=(Mapper&&) noexcept = default;

Result<void> Mapper::map(const Event& event, Mapped& out) {
    const auto facts = state_->read(event, out);
    if (!facts) return facts.error();
    return state_->write(*facts, out.request);
}

// Of what is known but by writing the request there is only its size.
Result<void> Mapper::check(const Event& event, Mapped& out) {
    const auto facts = state_->read(event, out);
    if (!facts) return facts.error();
    return event.most_bytes() <= surely_small ? Result<void>() : state_->write(*facts, out.request);
}

}  // namespace pintle::mapping
