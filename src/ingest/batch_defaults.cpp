#include "batch_defaults.hpp"

#include <algorithm>

namespace pintle::ingest {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t around_sent_at = std::string_view(R"(,"sentAt":)").size();
constexpr std::size_t around_context = std::string_view(R"(,"context":)").size();

bool missing(Value value) {
    return !value || value.is(Kind::null);
}

void write_member(Value member, std::string& out) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += member.raw_key();
    out += "\":";
    member.write(out);
}

std::size_t written_bytes(Value member) {
    return member.raw_key().size() + std::string_view(R"(,"":)").size() + member.raw().size();
}

}  // namespace

void BatchDefaults::clear() {
    sent_at_ = {};
    context_ = {};
    large_context_ = 0;
    members_.clear();
    names_.clear();
    members_bytes_ = 0;
}

void BatchDefaults::set(std::string_view sent_at, Value context) {
    clear();
    if (sent_at != "null") sent_at_ = sent_at;
    if (!context) return;
    context_ = context;
    text_.clear();
    context.write(text_);
    for (Value member = context.first(); member; member = member.next()) {
        if (member.overridden()) continue;
        names_.push_back({json::name_hash(member.key()), static_cast<std::uint32_t>(members_.size())});
        members_.push_back({member, 0});
        members_bytes_ += written_bytes(member);
    }
    std::ranges::sort(names_, [this](const Name& a, const Name& b) {
        if (a.hash != b.hash) return a.hash < b.hash;
        return members_[a.member].value.key() < members_[b.member].value.key();
    });
    event_ = 0;
}

void BatchDefaults::set_large(std::string_view sent_at, std::size_t context) {
    set(sent_at, {});
    large_context_ = context;
}

std::size_t BatchDefaults::bytes_for(const json::Event& event) {
    ++event_;
    sets_sent_at_ = !sent_at_.empty() && missing(event["sentAt"]);
    sets_context_ = false;
    std::size_t bytes = sets_sent_at_ ? around_sent_at + sent_at_.size() : 0;
    if (!context_ && large_context_ == 0) return bytes;
    own_context_ = event["context"];
    if (large_context_ > 0) {
        return missing(own_context_) || own_context_.is(Kind::object) ? bytes + around_context + large_context_ : bytes;
    }
    if (missing(own_context_)) {
        sets_context_ = true;
        return bytes + around_context + text_.size();
    }
    if (!own_context_.is(Kind::object)) return bytes;
    const std::size_t added = members_bytes_ - override_by(own_context_);
    sets_context_ = added > 0;
    return bytes + added;
}

void BatchDefaults::apply(json::Event& event) {
    if (sets_sent_at_) event.set("sentAt", sent_at_);
    if (!sets_context_) return;
    if (missing(own_context_)) return event.set("context", text_);
    merge(own_context_);
    event.set("context", merged_);
}

Value BatchDefaults::context_member(const json::Event& event, std::string_view name) const {
    const Value own = event["context"];
    if (missing(own)) return context_[name];
    const Value member = own[name];
    return member || !own.is(Kind::object) ? member : context_[name];
}

// The size of the defaults that the event's own members override.
std::size_t BatchDefaults::override_by(Value own) {
    std::size_t bytes = 0;
    for (Value member = own.first(); member; member = member.next()) {
        const std::string_view key = member.key();
        const std::uint32_t hash = member.node()->key_hash;
        const auto name = std::ranges::partition_point(names_, [&](const Name& each) {
            if (each.hash != hash) return each.hash < hash;
            return members_[each.member].value.key() < key;
        });
        if (name == names_.end() || name->hash != hash) continue;
        Member& found = members_[name->member];
        if (found.overridden_in == event_ || found.value.key() != key) continue;
        found.overridden_in = event_;
        bytes += written_bytes(found.value);
    }
    return bytes;
}

void BatchDefaults::merge(Value own) {
    merged_.assign(1, '{');
    for (Value member = own.first(); member; member = member.next()) {
        if (!member.overridden()) write_member(member, merged_);
    }
    for (const Member& member : members_) {
        if (member.overridden_in != event_) write_member(member.value, merged_);
    }
    merged_ += '}';
}

}  // namespace pintle::ingest
