#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::ingest {

// The sentAt and context of a batch, which apply to its events unless they have their own. The cost for an event is
// linear in the event and in the defaults. Not thread-safe; reuses its memory.
class BatchDefaults {
public:
    void clear();

    // `sent_at` is valid JSON or empty; `context` is an object or absent. Both must outlive the use.
    void set(std::string_view sent_at, json::Value context);

    // Sets a context that is too large to be parsed. `apply` must not be called then.
    void set_large(std::string_view sent_at, std::size_t context);

    // Returns how many bytes `apply` would add to the event.
    std::size_t bytes_for(const json::Event& event);

    // Applies the defaults to the event of the last call of `bytes_for`.
    void apply(json::Event& event);

    // A member of the event's context with the defaults; absent if neither has it.
    json::Value context_member(const json::Event& event, std::string_view name) const;

private:
    struct Member {
        json::Value value;
        std::uint64_t overridden_in = 0;  // the latest event that has its own
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
    std::vector<Name> names_;        // of `members_`, sorted by hash and name
    std::size_t members_bytes_ = 0;  // as JSON, with a comma each

    std::uint64_t event_ = 0;  // counts the events
    json::Value own_context_;
    bool sets_sent_at_ = false;
    bool sets_context_ = false;
    std::string merged_;
};

}  // namespace pintle::ingest
