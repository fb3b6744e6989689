#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {

// The newest messages in the order they came, and whether one is among them: 20 bytes each, and a table of 4-byte
// places at most half full. Both grow with what is in them and shrink again, a little with each call: none of them
// takes long, however much there is to forget or to move. Not thread-safe.
class MessageIdRing {
public:
    // Beyond `limit` the oldest go.
    explicit MessageIdRing(std::size_t limit);
    ~MessageIdRing();

    // False where it is in already, which leaves it at its place. Times rise; one that falls counts as the latest. What
    // is more than 49 days older than `time` is forgotten.
    bool remember(const MessageHash& message, WallTime time);

    bool contains(const MessageHash& message) const noexcept;

    // What is older is not contained from now on. Its room is given back by later calls, some of it by each.
    void forget_before(WallTime time);
    void forget_oldest(std::size_t count);

    std::size_t size() const noexcept { return size_; }  // with what is forgotten and still has room

private:
    using Place = std::uint32_t;  // in the ring
    using Table = std::vector<Place>;
    static constexpr Place none = std::numeric_limits<Place>::max();
    struct Chunk;

    Place place(std::uint64_t number) const noexcept { return static_cast<Place>(number % capacity()); }
    std::size_t capacity() const noexcept;
    WallTime time_of(Place place) const noexcept;
    const MessageHash& message(Place place) const noexcept;
    std::size_t find(const Table& table,
                     const MessageHash& message) const noexcept;  // its slot, or the empty one for it
    bool contains(const Table& table, const MessageHash& message) const noexcept;
    void drop_oldest();
    void drop_forgotten(std::size_t most);
    void erase(Table& table, Place place);
    void resize_table(std::size_t slots);
    void move_places(std::size_t most);

    std::size_t limit_;
    std::vector<std::unique_ptr<Chunk>> chunks_;  // of the ring; those that hold nothing are not there
    std::uint64_t first_ = 0;                     // number of the oldest: they are numbered as they come
    std::size_t size_ = 0;
    WallTime latest_;
    WallTime forgotten_before_;
    Table table_;  // by the message's own bits, the next free slot where that is taken

    // The table before the last change of its size, until all of its places have been moved to the other.
    Table old_table_;
    std::uint64_t move_next_ = 0;  // number of the next to move
    std::uint64_t move_end_ = 0;
};

}  // namespace pintle::ingest
