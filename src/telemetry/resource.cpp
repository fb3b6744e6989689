#include "pintle/telemetry/resource.hpp"

#include <array>
#include <cstdint>
#include <random>

#include <unistd.h>

#include "pintle/base/hex.hpp"

namespace pintle::telemetry {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

// A random UUID, as RFC 9562 writes version 4.
std::string random_uuid() {
    std::random_device device;
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(device());
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
    return text;
}

}  // namespace

Resource this_process() {
    return {PINTLE_VERSION, random_uuid(), host_name()};
}

}  // namespace pintle::telemetry
