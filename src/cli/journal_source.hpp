#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>
#include <CLI/App.hpp>

#include "admin_client.hpp"
#include "daemon_locator.hpp"
#include "pintle/admin/result.hpp"

namespace pintle::cli {

// Where a journal can be read: at the running daemon, in its directory, or both.
struct JournalLocation {
    std::optional<AdminAddress> daemon;
    std::string directory;  // empty where only the daemon is known
};

// Adds the option `--directory`, which must outlive the command.
void add_directory_option(CLI::App& command, std::string& directory);

// That directory if one is given, else the daemon and the directory of its configuration. Nothing where the options are
// wrong; the error is on stderr.
std::optional<JournalLocation> find_journal(const DaemonOptions& options, const std::string& directory);

// Tells on stderr that the directory is read because no daemon answers.
void explain_fallback(const admin::ApiError& error, const std::string& directory);

// Says on stderr that events or dead letters were left out, if some were, and returns the command's exit code.
int report_unreadable(std::uint64_t count);

// Asks the running daemon, and from the first time on that none answers the directory of its journal.
template <class Source>
class JournalSource {
public:
    using Open = std::function<std::unique_ptr<Source>(const std::string& directory)>;

    // `daemon` may be null. `open` may throw std::runtime_error with a message for people.
    JournalSource(std::unique_ptr<Source> daemon, std::string directory, Open open)
        : source_(std::move(daemon)), directory_(std::move(directory)), open_(std::move(open)) {
        if (!source_) open_directory();
    }

    // The result of `call(source)`.
    template <class Call>
    auto ask(Call call) -> decltype(call(std::declval<Source&>())) {
        auto result = call(*source_);
        if (result || result.error().status != 0 || is_directory_ || directory_.empty()) return result;
        try {
            open_directory();
        } catch (const std::runtime_error& error) {
            return admin::ApiError{0, result.error().message + ", and " + error.what()};
        }
        explain_fallback(result.error(), directory_);
        return call(*source_);
    }

    // How many events or dead letters a damaged directory did not give so far. A daemon reports its own.
    std::uint64_t unreadable() const { return source_->unreadable(); }

private:
    void open_directory() {
        spdlog::set_level(spdlog::level::off);  // the command says itself what cannot be read
        source_ = open_(directory_);
        is_directory_ = true;
    }

    std::unique_ptr<Source> source_;
    std::string directory_;
    Open open_;
    bool is_directory_ = false;
};

}  // namespace pintle::cli
