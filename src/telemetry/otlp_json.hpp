#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pintle/telemetry/resource.hpp"

// The parts of an OTLP request that all signals share. OTLP's JSON is that of Protocol Buffers: names in camelCase,
// 64-bit integers as strings, enumerators as numbers; but trace and span ids are hexadecimal.
namespace pintle::telemetry {

using Json = nlohmann::ordered_json;
using SystemTime = std::chrono::sys_time<std::chrono::nanoseconds>;

Json integer(std::uint64_t number);
Json unix_nano(SystemTime time);

// An element of `attributes`.
Json attribute(std::string_view key, std::string_view value);
Json attribute(std::string_view key, std::int64_t value);

Json resource_json(const Resource& resource);
Json scope_json(const Resource& resource);

// Bytes that are not UTF-8 are replaced.
std::string text_of(const Json& document);

}  // namespace pintle::telemetry
