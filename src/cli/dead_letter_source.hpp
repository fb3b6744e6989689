#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin_client.hpp"
#include "backlog_source.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::cli {

struct DeadLetterPage {
    std::vector<std::string> letters;  // each as JSON
    std::string next;
};

// A source of dead letters. An error of status 0: there is no daemon.
class DeadLetterSource {
public:
    virtual ~DeadLetterSource() = default;
    // How many entries of a damaged journal were left out so far.
    virtual std::uint64_t unreadable() const { return 0; }
    virtual admin::ApiResult<DeadLetterPage> list(const admin::DeadLetterQuery& query) = 0;
};

// A running daemon, which can also change them. Results are the API's JSON text.
class DaemonLetters final : public DeadLetterSource {
public:
    enum class Detail : std::uint8_t { redacted, whole };  // what `admin.redact` hides, or everything

    explicit DaemonLetters(AdminAddress address, Detail detail = Detail::redacted)
        : address_(std::move(address)), detail_(detail) {}

    admin::ApiResult<DeadLetterPage> list(const admin::DeadLetterQuery& query) override;
    admin::ApiResult<std::string> replay(const admin::DeadLetterQuery& query);
    admin::ApiResult<std::string> purge(const admin::DeadLetterQuery& query);
    // `letters` as `list` returns them.
    admin::ApiResult<std::string> import(const std::vector<std::string>& letters);

private:
    admin::ApiResult<std::string> ask(boost::beast::http::verb method, std::string_view path,
                                      const admin::DeadLetterQuery& query);

    AdminAddress address_;
    Detail detail_;
};

// A stopped daemon's directory.
class DirectoryLetters final : public DeadLetterSource {
public:
    explicit DirectoryLetters(const std::string& directory);  // throws std::runtime_error with a message for people

    admin::ApiResult<DeadLetterPage> list(const admin::DeadLetterQuery& query) override;

    std::uint64_t unreadable() const override { return lost(*journal_) - lost_before_; }

private:
    std::unique_ptr<journal::Journal> journal_;
    std::uint64_t lost_before_ = 0;
    std::vector<admin::DeadLetterStream> streams_;
};

}  // namespace pintle::cli
