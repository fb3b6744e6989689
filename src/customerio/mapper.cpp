#include "pintle/customerio/mapper.hpp"

#include <utility>
#include <variant>

#include "batch_item.hpp"
#include "event_fields.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/key_hash.hpp"
#include "pintle/customerio/semantic_event.hpp"
#include "v1.hpp"
#include "v2.hpp"

namespace pintle::customerio {
namespace {

std::uint64_t key_of(const Identifier& identifier) {
    return identifier ? key_hash(identifier.text()) : 0;
}

// Whom an event is about, as far as its kind says it.
struct FindPerson {
    const Identifier& operator()(const Alias& alias) const { return alias.primary; }
    const Identifier& operator()(const auto& facts) const { return facts.person; }
};

OrderingKeys find_keys(const MappedCall& facts, const EventFields& fields) {
    OrderingKeys keys{.person = key_of(std::visit(FindPerson{}, facts)), .anonymous = key_of(fields.anonymous_id)};
    if (const auto* alias = std::get_if<Alias>(&facts)) keys.previous = key_of(alias->secondary);
    return keys;
}

// A request has each part of its event at most three times (an anonymous id as who it is about, as an attribute and as
// a trait), and little besides: that of an event of up to so many bytes is not too large.
constexpr std::size_t always_fits = (max_item_bytes - 1'000) / 3;

}  // namespace

struct Mapper::State {
    Options options;
    AttributeList attributes;

    Result<MappedCall> read(const json::Event& event, Mapped& out) const {
        out.semantic_event = find_semantic_event(event, options.semantic_events);
        const auto fields = read_fields(event.root());
        if (!fields) return fields.error();
        out.type = find_event_type(fields->type.text());
        auto facts = read_call(out.type, *fields, options);
        if (!facts) return facts;
        out.keys = find_keys(*facts, *fields);
        if (std::holds_alternative<TrackEvent>(*facts)) out.semantic_event.reset();  // one of a device without a token
        return facts;
    }

    Result<void> write(const MappedCall& facts, HttpRequest& request) {
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

Result<void> Mapper::map(const json::Event& event, Mapped& out) {
    const auto facts = state_->read(event, out);
    if (!facts) return facts.error();
    return state_->write(*facts, out.request);
}

// Of what is known but by writing the request there is only its size.
Result<void> Mapper::validate(const json::Event& event, Mapped& out) {
    const auto facts = state_->read(event, out);
    if (!facts) return facts.error();
    return event.most_bytes() <= always_fits ? Result<void>() : state_->write(*facts, out.request);
}

}  // namespace pintle::customerio
