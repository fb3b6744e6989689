#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "pintle/journal/journal.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::schedule {

using journal::Position;

struct Entry {
    Position position = 0;
    mapping::Keys keys;
};

// Who may be sent next. Records that share a key (a person, an anonymous id, an alias's previous id) go one after
// another, in the order of their positions; all others go at once. An anonymous id that more than 8 persons in the
// window share stops being a key of events that have a person. Pure: no I/O, no clock. Not thread-safe.
class Lanes {
public:
    Lanes();
    ~Lanes();

    // Takes `entry` into the window; positions must rise. True if it may be sent now, false if it waits for an earlier
    // record; `settle` hands it out later.
    bool admit(const Entry& entry);

    // `position`, which waits for nothing, is done with, delivered or dead. Appends to `ready` those it was the last to
    // hold back, oldest first.
    void settle(Position position, std::vector<Position>& ready);

    // Those that stand directly behind `position`, which waits for nothing or was named by this, in its lanes: each
    // once, with the number of its lanes in which it waits and of those in which it stands behind `position`.
    struct Behind {
        Position position = 0;
        std::uint8_t waits = 0;
        std::uint8_t here = 0;
    };
    boost::container::static_vector<Behind, 3> behind(Position position);

    // Whether `position`, which `behind` named, still waits for an earlier record.
    bool waits(Position position) const;

    // Records that wait for nothing and that stand before the others in the lanes of these keys, or of lanes that those
    // wait behind. Looks no further than a few, so it is a hint.
    using Foremost = boost::container::static_vector<Position, 16>;
    Foremost foremost(const mapping::Keys& keys) const;

    std::size_t size() const noexcept;          // records in the window, sent or waiting
    std::uint64_t shared_ids() const noexcept;  // how often an anonymous id stopped being a key

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::schedule
