#pragma once

#include <cstddef>

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include "journal/store.hpp"

namespace pintle::journal {

rocksdb::DBOptions database_options(rocksdb::Env* env);
rocksdb::ColumnFamilyOptions column_options(Column column, std::size_t write_buffer);

}  // namespace pintle::journal
