#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::ingest {

// What a batch says of all its events: the sentAt and the members of context that they have where they have none of
// their own. What it costs an event grows with that event and with the defaults, not with their product. Not
// thread-safe; its memory is reused.
class BatchDefaults {
public:
    void clear();

    // `sent_at` is valid JSON, or empty; `context` is an object, or absent. Both must stay.
    void set(std::string_view sent_at, json::Value context);

    // The same of a context of so many bytes that is too large to be looked at: it is not for `apply`.
    void set_large(std::string_view sent_at, std::size_t context);

    // How many bytes `apply` would add to the event.
    std::size_t bytes_for(const json::Event& event);

    // Sets what the event of the last `bytes_for` lacks.
    void apply(json::Event& event);

    // Of an event's context as it is with the defaults; absent where neither has it.
    json::Value context_member(const json::Event& event, std::string_view name) const;

private:
    struct Member {
        json::Value value;
        std::uint64_t overridden_in = 0;  // the latest event that has one of that name
    };
    struct Name {
        std::uint32_t hash = 0;
        std::uint32_t member = 0;  // of `members_`
    };

    std::size_t override_by(json::Value own);
    void merge(json::Value own);

    std::string_view sent_at_;
    json::Value context_;
    std::size_t large_context_ = 0;  // bytes
    std::string text_;               // of the context
    std::vector<Member> members_;
    std::vector<Name> names_;        // of `members_`, sorted by their hashes and then by themselves
    std::size_t members_bytes_ = 0;  // written, with a comma each

    std::uint64_t event_ = 0;  // counts them
    json::Value own_context_;
    bool sets_sent_at_ = false;
    bool sets_context_ = false;
    std::string merged_;
};

}  // namespace pintle::ingest
