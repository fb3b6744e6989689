#pragma once

#include <string>

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

// A daemon that does nothing.
class IdleControl : public Control {
public:
    View look() override { return {}; }
    View survey() override { return {}; }
    std::string measure() override { return "pintle_ready 1\n"; }
    std::function<Reloaded()> reload() override {
        return [] { return Reloaded{}; };
    }
    std::string configuration() override { return "{}"; }
    Answered<std::string> transform(const std::string&, std::string_view) override { return std::string("{}"); }
    Answered<Waiting> waiting(const WaitingQuery&) override { return Waiting{}; }
    Answered<std::string> hold(const std::string& destination, std::string) override { return destination; }
    Answered<std::string> release(const std::string& destination) override { return destination; }
    Answered<void> set_log_level(const std::string&) override { return {}; }
};

}  // namespace pintle::admin
