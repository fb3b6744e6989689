#pragma once

#include <string>

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

// A daemon that does nothing.
class IdleControl : public Control {
public:
    Status status() override { return {}; }
    Status full_status() override { return {}; }
    std::string prometheus_text() override { return "pintle_ready 1\n"; }
    std::function<Awaitable<ReloadResult>()> reload() override {
        return []() -> Awaitable<ReloadResult> { co_return ReloadResult{}; };
    }
    std::string configuration() override { return "{}"; }
    ApiResult<std::string> transform(const std::string&, std::string_view) override { return std::string("{}"); }
    ApiResult<BacklogEvents> backlog_events(const BacklogQuery&) override { return BacklogEvents{}; }
    ApiResult<std::optional<PauseStatus>> pause(const std::string&, std::string, std::string) override {
        return std::optional<PauseStatus>();
    }
    ApiResult<std::optional<PauseStatus>> resume(const std::string&, std::string) override {
        return std::optional<PauseStatus>();
    }
    Awaitable<ApiResult<std::vector<ErasedEvents>>> erase(ErasureQuery query) override {
        erasures.push_back(query);
        co_return erased;
    }
    ApiResult<OrphanedStream> discard_stream(const std::string&) override { return OrphanedStream{}; }
    ApiResult<void> set_log_level(const std::string&) override { return {}; }

    std::vector<ErasureQuery> erasures;
    ApiResult<std::vector<ErasedEvents>> erased = std::vector<ErasedEvents>();
};

}  // namespace pintle::admin
