#pragma once

#include <cstddef>

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include "rocksdb/store.hpp"

namespace pintle::journal {

rocksdb::DBOptions database_options(rocksdb::Env* env);
rocksdb::ColumnFamilyOptions column_options(ColumnFamily column_family, std::size_t write_buffer);

}  // namespace pintle::journal
