#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "message_id_ring.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {

// The newest message ids of each source, at most `limit` in total. Over it the source with the most ids loses its
// oldest: a source below the fair share loses none to the flood of another. Not thread-safe.
class MessageIdShares {
public:
    using Source = std::size_t;  // 0, 1, 2, ...

    explicit MessageIdShares(std::size_t limit);

    Source source(std::string_view name);  // creates it if it is new

    // As of MessageIdRing.
    bool remember(Source source, const MessageHash& message, WallTime time);
    bool contains(Source source, const MessageHash& message) const noexcept;

    // Removes those of the source at once, and those of the others in turn.
    void forget_before(Source source, WallTime time);

    std::size_t size() const noexcept { return size_; }

private:
    struct Named {
        std::string name;
        std::unique_ptr<MessageIdRing> ring;
    };

    template <class Change>
    bool change(MessageIdRing& ring, Change make);
    void make_room();

    std::size_t limit_;
    std::size_t step_;  // how many are removed at once, to search for the largest less often
    std::vector<Named> sources_;
    std::size_t size_ = 0;
    std::size_t turn_ = 0;  // the source whose turn it is
};

}  // namespace pintle::ingest
