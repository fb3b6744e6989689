#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "pintle/record/record.hpp"

namespace pintle::ingress {

// The newest messages in the order they came, and whether one is among them: 20 bytes each, and a table of 4-byte
// places at most half full. Both grow with what is in them and shrink again. Not thread-safe.
class SeenRing {
public:
    // Beyond `limit` the oldest go.
    explicit SeenRing(std::size_t limit);
    ~SeenRing();

    // False where it is in already, which leaves it at its place. Times rise; one that falls counts as the latest. What
    // is more than 49 days older than `time` is forgotten.
    bool remember(const MessageHash& message, WallTime time);

    bool contains(const MessageHash& message) const noexcept { return table_[find(message)] != none; }
    void forget_before(WallTime time);
    void forget_oldest(std::size_t count);
    std::size_t size() const noexcept { return size_; }

private:
    using Place = std::uint32_t;  // in the ring
    static constexpr Place none = std::numeric_limits<Place>::max();
    struct Chunk;

    WallTime oldest() const;
    const MessageHash& message(Place place) const noexcept;
    std::size_t home(const MessageHash& message) const noexcept;
    std::size_t find(const MessageHash& message) const noexcept;  // its slot, or the empty one where it belongs
    void drop_oldest();
    void erase(std::size_t slot);
    void resize_table(std::size_t slots);

    std::size_t limit_;
    std::vector<std::unique_ptr<Chunk>> chunks_;  // of the ring; those that hold nothing are not there
    std::size_t first_ = 0;                       // place of the oldest
    std::size_t size_ = 0;
    WallTime latest_;
    std::vector<Place> table_;  // by the message's own bits, the next free slot where that is taken
};

}  // namespace pintle::ingress
