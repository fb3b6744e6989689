#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include <rocksdb/db.h>

#include "cpu_seconds.hpp"  // IWYU pragma: export

// What the programs share that measure RocksDB alone.
namespace pintle::bench {

// Keys in the order of their numbers.
inline std::string numbered_key(std::uint64_t number) {
    std::string text(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(number >> (56 - 8 * i));
    return text;
}

// A new database. Throws std::runtime_error where it does not open.
inline std::unique_ptr<rocksdb::DB> open_alone(const std::string& directory, rocksdb::Options options = {}) {
    options.create_if_missing = true;
    options.write_buffer_size = 16U << 20U;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, directory, &opened).ok()) throw std::runtime_error("RocksDB does not open");
    return std::unique_ptr<rocksdb::DB>(opened);
}

}  // namespace pintle::bench
