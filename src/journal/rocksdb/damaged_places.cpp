#include "rocksdb/damaged_places.hpp"

namespace pintle::journal {

bool DamagedPlaces::failed(Stream stream, std::uint64_t number, Time now) {
    const std::lock_guard lock(mutex_);
    if (places_.size() >= max_places) places_.clear();
    auto& place = places_[{stream, number}];
    if (place.tries++ == 0) place.since = now;
    if (place.tries < tries || now - place.since < timeout_) return false;
    places_.erase({stream, number});
    return true;
}

}  // namespace pintle::journal
