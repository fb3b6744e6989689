#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin_client.hpp"
#include "pintle/admin/backlog.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::cli {

// What all streams of the journal have lost. A journal that is only read counts what it cannot read.
std::uint64_t lost(const journal::Journal& journal);

struct BacklogPage {
    std::vector<std::string> events;  // each as JSON
    std::string next;
};

// A source of pending events. An error of status 0: there is no daemon.
class BacklogSource {
public:
    virtual ~BacklogSource() = default;
    // How many entries of a damaged journal were left out so far.
    virtual std::uint64_t unreadable() const { return 0; }
    // Also the streams without a destination, behind the destinations.
    virtual admin::ApiResult<std::vector<std::string>> destinations() = 0;
    virtual admin::ApiResult<BacklogPage> list(const admin::BacklogQuery& query) = 0;
    // Why nothing is sent to the destination, for people; empty where events are sent.
    virtual admin::ApiResult<std::vector<std::string>> why_not_sent(const std::string& destination) = 0;
};

class DaemonBacklog final : public BacklogSource {
public:
    explicit DaemonBacklog(AdminAddress address) : address_(std::move(address)) {}

    admin::ApiResult<std::vector<std::string>> destinations() override;
    admin::ApiResult<BacklogPage> list(const admin::BacklogQuery& query) override;
    admin::ApiResult<std::vector<std::string>> why_not_sent(const std::string& destination) override;

private:
    AdminAddress address_;
};

// A stopped daemon's directory. Its streams are the destinations.
class DirectoryBacklog final : public BacklogSource {
public:
    explicit DirectoryBacklog(const std::string& directory);  // throws std::runtime_error with a message for people

    admin::ApiResult<std::vector<std::string>> destinations() override;
    admin::ApiResult<BacklogPage> list(const admin::BacklogQuery& query) override;
    admin::ApiResult<std::vector<std::string>> why_not_sent(const std::string&) override {
        return std::vector<std::string>{};
    }

    std::uint64_t unreadable() const override { return lost(*journal_) - lost_before_; }

private:
    std::unique_ptr<journal::Journal> journal_;
    std::uint64_t lost_before_ = 0;
};

}  // namespace pintle::cli
