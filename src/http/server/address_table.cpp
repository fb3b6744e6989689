#include "address_table.hpp"

#include <algorithm>

namespace pintle::http {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

// An IPv6 host can use all addresses of its /64.
address counted_address(const address& given) {
    if (!given.is_v6()) return given;
    const address_v6 v6 = given.to_v6();
    if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return address_v6(bytes);
}

}  // namespace

AddressTable::Ticket AddressTable::admit(const address& given) {
    const address counted = counted_address(given);
    const MutexLock lock(mutex_);
    auto& [entry, connections] = entries_[counted];
    if (!entry) entry = std::make_unique<AddressEntry>(counted, shards_);
    return {*this, *entry, ++connections};
}

std::size_t AddressTable::size() const {
    const MutexLock lock(mutex_);
    return entries_.size();
}

void AddressTable::release(AddressEntry& entry) {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(entry.address);
    if (--found->second.connections == 0) entries_.erase(found);
}

}  // namespace pintle::http
