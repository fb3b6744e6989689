#pragma once

#include <string>

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

// A daemon that does nothing.
class IdleControl : public Control {
public:
    View look() override { return {}; }
    View full_status() override { return {}; }
    std::string prometheus_text() override { return "pintle_ready 1\n"; }
    std::function<Reloaded()> reload() override {
        return [] { return Reloaded{}; };
    }
    std::string configuration() override { return "{}"; }
    Answered<std::string> transform(const std::string&, std::string_view) override { return std::string("{}"); }
    Answered<Waiting> waiting(const WaitingQuery&) override { return Waiting{}; }
    Answered<void> pause(const std::string&, std::string) override { return {}; }
    Answered<void> resume(const std::string&) override { return {}; }
    Answered<void> set_log_level(const std::string&) override { return {}; }
};

}  // namespace pintle::admin
