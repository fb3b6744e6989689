#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/batch.hpp"
#include "import/progress.hpp"

namespace pintle::cli::importer {

// The files that an import keeps: its progress and the rejected lines. Both belong to this user alone. Throws
// std::system_error where the disk fails, and std::runtime_error where one of them is not a regular file of this user.
class ProgressStore {
public:
    // `progress`: the path of the progress file; empty for a pipe, which cannot be resumed. `rejects`: `-` is stdout,
    // to which lines are only written.
    ProgressStore(std::string progress, std::string rejects)
        : progress_(std::move(progress)), rejects_(std::move(rejects)) {}

    const std::string& rejects() const noexcept { return rejects_; }

    // The progress file's text; nothing where there is no file.
    std::optional<std::string> read() const;

    std::uint64_t rejects_size() const;  // 0 where there is no file
    void cut_rejects(std::uint64_t size);

    // Appends to the rejected lines, writes their size to `progress`, and then replaces the progress file atomically.
    void write(const std::vector<RejectedLine>& rejected, Progress& progress);

    void finish();  // removes the progress file

private:
    bool is_stdout() const noexcept { return rejects_ == "-"; }
    std::uint64_t append_rejects(std::string_view text);  // returns their new size

    std::string progress_;
    std::string rejects_;
};

}  // namespace pintle::cli::importer
