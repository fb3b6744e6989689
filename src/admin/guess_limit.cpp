#include "guess_limit.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace pintle::admin {
namespace {

constexpr std::size_t network_bytes = 8;  // of an IPv6 address

}  // namespace

std::string GuessLimit::key_of(std::string_view address) {
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(std::string(address), error);
    if (error || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return std::string(address);
    const auto bytes = parsed.to_v6().to_bytes();
    return {bytes.begin(), bytes.begin() + network_bytes};
}

std::chrono::seconds GuessLimit::wait(std::string_view address, Time now) const {
    const auto found = entries_.find(key_of(address));
    if (found == entries_.end() || now >= found->second.until) return std::chrono::seconds(0);
    return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void GuessLimit::failed(std::string_view address, Time now) {
    const auto key = key_of(address);
    if (!entries_.contains(key)) make_room(now);
    Entry& entry = entries_[key];
    if (now - entry.last >= memory) entry.failures = 0;
    entry.last = now;
    ++entry.failures;
    if (entry.failures <= free_failures) return;
    const auto doublings = std::min<std::uint32_t>(entry.failures - free_failures - 1, 6);
    entry.until = now + std::min<std::chrono::seconds>(first_wait * (1U << doublings), max_wait);
}

void GuessLimit::make_room(Time now) {
    if (entries_.size() < max_addresses) return;
    std::erase_if(entries_, [now](const auto& each) { return now - each.second.last >= memory; });
    if (entries_.size() < max_addresses) return;
    entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& each) { return each.second.last; }));
}

}  // namespace pintle::admin
