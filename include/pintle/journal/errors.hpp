#pragma once

#include <stdexcept>

namespace pintle::journal {

// A journal that another process has open.
class JournalInUse : public std::runtime_error {
public:
    // `holder`: the process, or 0 if it is not known, such as one of another container.
    JournalInUse(const std::string& message, int holder) : std::runtime_error(message), holder_(holder) {}

    int holder() const noexcept { return holder_; }

private:
    int holder_;
};

// A directory that is not there, or holds no journal.
class NoJournal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace pintle::journal
