#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/batch.hpp"
#include "import/progress.hpp"

namespace pintle::cli::importer {

// What is kept beside a file while it is sent: how far it is, and the lines that were not taken. Both are this user's
// alone. Throws std::system_error where the disk fails, and std::runtime_error where one of them is no regular file of
// this user.
class ProgressStore {
public:
    // `progress`: the path of the progress file; empty: there is none, as nothing could be taken up again.
    ProgressStore(std::string progress, std::string rejects)
        : progress_(std::move(progress)), rejects_(std::move(rejects)) {}

    const std::string& rejects() const noexcept { return rejects_; }

    // The progress file's text; nothing where there is none.
    std::optional<std::string> read() const;

    std::uint64_t rejects_size() const;  // 0 where there is none
    void cut_rejects(std::uint64_t size);

    // Appends the lines to the rejected ones, whose size then is in `progress`, and then replaces the progress file, so
    // that there is always a whole one.
    void write(const std::vector<Rejected>& rejected, Progress& progress);

    void finish();  // removes the progress file

private:
    std::uint64_t append_rejects(std::string_view text);  // their size behind it

    std::string progress_;
    std::string rejects_;
};

}  // namespace pintle::cli::importer
