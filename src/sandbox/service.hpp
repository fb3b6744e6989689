#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "faults.hpp"
#include "history.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/sandbox/sandbox.hpp"
#include "recording.hpp"

namespace pintle::sandbox {

// Serves the Track API below /api and, without credentials, the controls /requests, /faults and /stats. Runs on an
// io_context with one thread.
class Sandbox final : public http::Handler {
public:
    // Writes one line per call to `log`, which may be null and must outlive this. Throws std::runtime_error where
    // `options.record` cannot be opened.
    Sandbox(const SandboxOptions& options, std::ostream* log);

    std::optional<http::Response> on_headers(const http::Request& head, http::Terms& terms) override;
    Awaitable<void> on_request(http::Request& request, http::Response& answer) override;
    void on_error(unsigned status, std::string_view reason, http::Response& answer) override;

private:
    struct Stats {
        std::uint64_t calls = 0;
        std::uint64_t taken = 0;
        std::uint64_t duplicates = 0;
        std::uint64_t resets = 0;
        std::uint64_t throttled = 0;  // 429
        std::uint64_t failed = 0;     // answered with `fail_status`
        std::uint64_t unauthorized = 0;
        std::uint64_t refused = 0;  // by the contract
    };

    void serve_call(const http::Request& request, http::Response& answer);
    void answer_call(const http::Request& request, http::Response& answer, Call& call, std::vector<std::string>& ids);
    void answer_contract(const http::Request& request, http::Response& answer, Call& call,
                         std::vector<std::string>& ids);
    void serve_control(const http::Request& request, http::Response& answer);
    void serve_requests(const http::Request& request, http::Response& answer);
    void serve_faults(const http::Request& request, http::Response& answer);
    bool authorized(const http::Request& request) const;
    std::string controls() const;
    void change_faults(std::string_view body, http::Response& answer);
    std::string stats() const;

    std::string site_id_;
    std::string api_key_;
    bool eu_;
    std::ostream* log_;
    FaultPlan plan_;
    History history_;
    std::optional<Recording> recording_;
    Stats stats_;
};

}  // namespace pintle::sandbox
