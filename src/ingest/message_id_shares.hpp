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

// The newest messages of each source, at most `limit` of all. Beyond that the source that has most gives its oldest:
// one that has less than an equal share loses none to another's flood. Not thread-safe.
class MessageIdShares {
public:
    using Source = std::size_t;  // 0, 1, 2, ...

    explicit MessageIdShares(std::size_t limit);

    Source source(std::string_view name);  // that of the name, made where it is new

    // As SeenRing's.
    bool remember(Source source, const MessageHash& message, WallTime time);
    bool contains(Source source, const MessageHash& message) const noexcept;

    // Of that source at once, of the others when it is their turn.
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
    std::size_t step_;  // that many go at once, so that the largest is not looked for with each
    std::vector<Named> sources_;
    std::size_t size_ = 0;
    std::size_t turn_ = 0;  // whose turn it is to forget
};

}  // namespace pintle::ingest
