#pragma once

#include <memory>

#include "pintle/journal/journal.hpp"

namespace rocksdb {
class Env;
}

namespace pintle::journal {

// As `open_journal`, on another file system than the machine's own: one that tests make fail. `env` must outlive the
// journal.
std::unique_ptr<Journal> open_journal(const JournalOptions& options, rocksdb::Env* env);

}  // namespace pintle::journal
