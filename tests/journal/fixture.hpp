#pragma once

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// A directory that is gone with the test.
class ScratchDirectory {
public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    std::string path(std::string_view below = {}) const { return (path_ / below).string(); }

private:
    std::filesystem::path path_;
};

// Tests fail where a promise takes longer than this; none waits for it to pass.
inline constexpr std::chrono::seconds test_timeout{30};

// Waits until `condition` holds, at most as long as we have test_timeout: false then.
template <class Condition>
bool eventually(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + test_timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

using Answer = std::future<boost::system::error_code>;

Answer start(Journal& journal, WriteBatch append);
boost::system::error_code finish(Answer answer);
boost::system::error_code append(Journal& journal, WriteBatch append);
boost::system::error_code append(Journal& journal, Stream stream, std::vector<std::string> records);

std::vector<Offset> offsets(const std::vector<StoredRecord>& records);
std::vector<std::string> texts(const std::vector<StoredRecord>& records);
std::vector<std::string> all(const Journal& journal, Stream stream);

// A journal in a scratch directory with one stream, which can be closed and opened again.
class JournalTest : public testing::Test {
protected:
    JournalTest();
    void reopen();

    ScratchDirectory scratch_;
    JournalOptions options_;
    std::unique_ptr<Journal> journal_;
    Stream stream_ = 0;
};

}  // namespace pintle::journal
