#include "pintle/mapping/mapper.hpp"

#include <utility>
#include <variant>

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

}  // namespace

struct Mapper::State {
    Options options;
    AttributeList attributes;
    DedupeId dedupe_id;

    Result<void> write(const Facts& facts, Request& request) {
        if (options.api_version == ApiVersion::v2) {
            return std::visit(V2(attributes, dedupe_id, options.batch_anonymous, request), facts);
        }
        return std::visit(V1(attributes, dedupe_id, request), facts);
    }
};

Mapper::Mapper(Options options) : state_(std::make_unique<State>(State{std::move(options), {}, {}})) {}
Mapper::~Mapper() = default;
Mapper::Mapper(Mapper&&) noexcept = default;
Mapper& Mapper::operator=(Mapper&&) noexcept = default;

Result<void> Mapper::map(const Event& event, Mapped& out) {
    const auto parts = read_parts(event.root());
    if (!parts) return parts.error();
    out.type = find_event_type(parts->root["type"].text());
    const auto facts = read_facts(out.type, *parts, state_->options);
    if (!facts) return facts.error();
    out.keys = find_keys(*facts, *parts);
    out.request.path.clear();
    out.request.body.clear();
    return state_->write(*facts, out.request);
}

}  // namespace pintle::mapping
