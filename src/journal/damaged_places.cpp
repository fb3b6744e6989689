#include "journal/damaged_places.hpp"

namespace pintle::journal {

bool DamagedPlaces::failed(Log log, std::uint64_t number, Time now) {
    const std::lock_guard lock(mutex_);
    if (places_.size() >= max_places) places_.clear();
    auto& place = places_[{log, number}];
    if (place.tries++ == 0) place.since = now;
    if (place.tries < tries || now - place.since < patience_) return false;
    places_.erase({log, number});
    return true;
}

}  // namespace pintle::journal
